/**
 * `attune approve` and `attune reject`: a person's word on a candidate, on record.
 * @module
 */
import type { Verdict } from '../run/progress.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';

export type DecideFlags = Verdict & JsonFlag;

export async function decide(
  io: Io,
  decision: 'approve' | 'reject',
  run: string,
  { json, ...verdict }: DecideFlags,
): Promise<number> {
  const attune = await io.attune();
  const { workflowId } = await attune[decision](run, verdict);
  const done = decision === 'approve' ? 'approved' : 'rejected';
  if (json) io.json({ workflowId, decision: done, ...verdict });
  else io.out(`${done} by ${verdict.by}: ${workflowId}`);
  io.next(decision === 'approve' ? `attune watch ${workflowId}` : `attune show ${workflowId}`);
  return EXIT.done;
}
