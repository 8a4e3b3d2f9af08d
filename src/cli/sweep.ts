/**
 * `attune sweep`: what no running workflow owns.
 * @module
 */
import type { ScratchFolder, Sweep, SweepOptions } from '../client/index.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { table } from './text.js';

export type SweepFlags = SweepOptions & JsonFlag;

export async function sweep(io: Io, { json, ...options }: SweepFlags): Promise<number> {
  const found = await (await io.attune()).sweep(options);
  if (json) io.json(found);
  else tell(io, found);

  const left = found.leftovers.filter(({ outcome }) => outcome === undefined);
  if (left.some(({ ownerKnown }) => ownerKnown)) io.next('attune sweep --delete');
  else if (left.some(({ mayRun }) => !mayRun))
    io.next('attune sweep --delete --include-unknown   # once you are sure of it');
  else if (found.scratch?.some((one) => one.ownerKnown && one.kept === undefined && one.outcome === undefined))
    io.next('attune sweep --delete --scratch   # what is gone from S3 is gone');
  const outcomes = [...found.leftovers, ...(found.scratch ?? [])].map(({ outcome }) => outcome);
  return outcomes.includes('failed') ? EXIT.failed : EXIT.done;
}

function tell(io: Io, { leftovers, kept, batchesUnseen, scratch }: Sweep): void {
  if (leftovers.length === 0) io.say('nothing is left behind');
  else {
    const rows = leftovers.map(({ kind, name, status, workflowId, why, outcome, problem }) => [
      kind,
      name,
      status ?? '–',
      workflowId,
      why,
      outcome === undefined ? '–' : problem === undefined ? outcome : `${outcome}: ${problem}`,
    ]);
    io.out(table([['kind', 'name', 'status', 'run', 'why', 'outcome'], ...rows]));
  }
  for (const { name, status, why } of kept) io.say(`kept: endpoint ${name} (${status}): ${why}`);
  if (batchesUnseen !== undefined) io.say(`batch jobs were not looked at: ${batchesUnseen}`);
  if (scratch === undefined) io.say('run folders in S3 were not looked at: ATTUNE_BUCKET is not set');
  else tellScratch(io, scratch);
}

function tellScratch(io: Io, scratch: readonly ScratchFolder[]): void {
  if (scratch.length === 0) return;
  const rows = scratch.map(({ folder, bytes, workflowId, why, kept, outcome, problem }) => [
    folder,
    megabytes(bytes),
    workflowId,
    why,
    kept !== undefined ? `kept: ${kept}` : problem === undefined ? (outcome ?? '–') : `${outcome}: ${problem}`,
  ]);
  io.out(table([['folder', 'size', 'run', 'why', 'outcome'], ...rows]));
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
