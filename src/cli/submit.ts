/**
 * `attune submit`: from a spec file to a run.
 * @module
 */
import { estimateTable, sayNotBilled } from './cost.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { uploading } from './uploading.js';
import { follow } from './watch.js';

export interface SubmitFlags extends JsonFlag {
  watch?: boolean;
  again?: boolean;
}

export async function submit(io: Io, file: string, { watch, again, json }: SubmitFlags): Promise<number> {
  const attune = await io.attune();
  const { result: run } = await uploading(io, `attune submit ${file}`, (upload) =>
    attune.submit(file, { cwd: io.cwd, again, ...upload }),
  );
  if (json) io.json(run);
  else io.out(`${run.workflowId}\n${run.ui}`);
  const { workflowId, earlier } = run;
  if (earlier) {
    io.say(
      `nothing is new since ${workflowId}, which ended ${earlier.status} at ${earlier.endedAt.slice(0, 16).replace('T', ' ')} UTC: no run was started`,
    );
    if (watch) return follow(io, workflowId, { json });
    io.next(`attune report ${workflowId}, or run it again: attune submit ${file} --again`);
    return EXIT.done;
  }
  await sayNotBilled(io);
  for (const line of estimateTable(run.estimate)) io.say(line);
  for (const warning of run.warnings) io.say(`warning: ${warning}`);
  if (watch) return follow(io, workflowId, { json, saidWhoBills: true });
  io.next(`attune watch ${workflowId}`);
  return EXIT.done;
}
