/**
 * `attune sweep`: what no running workflow owns.
 * @module
 */
import type { Sweep, SweepOptions } from '../client/index.js';
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
  else if (left.length > 0) io.next('attune sweep --delete --include-unknown   # once you are sure of the namespace');
  return found.leftovers.some(({ outcome }) => outcome === 'failed') ? EXIT.failed : EXIT.done;
}

function tell(io: Io, { leftovers, kept }: Sweep): void {
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
}
