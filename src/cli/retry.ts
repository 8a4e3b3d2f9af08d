/**
 * `attune retry`: a run that ended before its work was done goes on.
 * @module
 */
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { follow } from './watch.js';

export interface RetryFlags extends JsonFlag {
  from?: string;
  watch?: boolean;
}

export async function retry(io: Io, run: string, { from, watch, json }: RetryFlags): Promise<number> {
  const attune = await io.attune();
  const retried = await attune.retry(run, { from });
  if (json) io.json(retried);
  else io.out(`${retried.workflowId}\n${retried.ui}`);
  io.say(`continues from ${retried.from}`);
  if (watch) return follow(io, retried.workflowId, { json });
  io.next(`attune watch ${retried.workflowId}`);
  return EXIT.done;
}
