/**
 * `attune index build`: an index for the model that serves.
 * @module
 */
import { EXIT, exitCodeOfRun } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { summary } from './show.js';
import { uploading } from './uploading.js';
import { ended } from './watch.js';

export async function build(io: Io, file: string, { json }: JsonFlag): Promise<number> {
  const attune = await io.attune();
  const { result } = await uploading(io, `attune index build ${file}`, (upload) =>
    attune.buildIndex(file, { cwd: io.cwd, ...upload }),
  );
  const { workflowId } = result;
  io.say(workflowId);
  const progress = await ended(io, attune, workflowId);
  const { status, index, endpoint, failure, cost } = progress;
  if (json) io.json({ workflowId, status, index, endpoint, failure, cost: cost.accruedUsd });
  else io.out(summary(progress, io));
  if (status !== 'done') {
    io.next(`attune show ${workflowId}`);
    return exitCodeOfRun(progress);
  }
  io.next(`attune search ${file} "a question"`);
  return EXIT.done;
}
