/**
 * `attune evaluate`: bases compared on one's own questions, before anybody pays for a training.
 * @module
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isLocalBase } from '../spec/sources.js';
import { EXIT, exitCodeOfRun } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { summary } from './show.js';
import { uploading } from './uploading.js';
import { ended } from './watch.js';

export interface EvaluateFlags extends JsonFlag {
  bases: string[];
  again?: boolean;
}

export async function evaluate(io: Io, file: string, { bases, again, json }: EvaluateFlags): Promise<number> {
  const attune = await io.attune();
  const named = bases.map((base) => pathOf(io, base));
  const { result: run } = await uploading(io, `attune evaluate ${file} --bases ${bases.join(',')}`, (upload) =>
    attune.submit(file, { cwd: io.cwd, bases: named, again, ...upload }),
  );
  const { workflowId } = run;
  io.say(run.earlier ? `compared already by ${workflowId}: no run was started` : workflowId);
  const progress = await ended(io, attune, workflowId);
  const { status, bases: compared, artifacts, failure, cost } = progress;
  if (json)
    io.json({ workflowId, status, ...compared, report: artifacts['reportHtml'], failure, cost: cost.accruedUsd });
  else io.out(summary(progress, io));
  if (status !== 'done') {
    io.next(`attune show ${workflowId}`);
    return exitCodeOfRun(progress);
  }
  io.next(`attune report ${workflowId}, or write base: into ${file}, then attune submit ${file}`);
  return EXIT.done;
}

/** Folders of the command line start where it is written, those of a spec at the spec. */
function pathOf({ cwd }: Io, base: string): string {
  if (!isLocalBase(base)) return base;
  return base.startsWith('~/') ? join(homedir(), base.slice(2)) : resolve(cwd, base);
}
