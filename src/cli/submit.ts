/**
 * `attune submit`: from a spec file to a run.
 * @module
 */
import { estimateTable } from './cost.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { uploading } from './uploading.js';
import { follow } from './watch.js';

export interface SubmitFlags extends JsonFlag {
  watch?: boolean;
}

export async function submit(io: Io, file: string, { watch, json }: SubmitFlags): Promise<number> {
  const attune = await io.attune();
  const { result: run } = await uploading(io, `attune submit ${file}`, (upload) =>
    attune.submit(file, { cwd: io.cwd, ...upload }),
  );
  if (json) io.json(run);
  else io.out(`${run.workflowId}\n${run.ui}`);
  for (const line of estimateTable(run.estimate)) io.say(line);
  if (watch) return follow(io, run.workflowId, { json });
  io.next(`attune watch ${run.workflowId}`);
  return EXIT.done;
}
