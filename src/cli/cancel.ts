/**
 * `attune cancel`: stops a run, waits until it has cleaned up, says what it stopped.
 * @module
 */
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';

export interface CancelFlags extends JsonFlag {
  reason?: string;
}

export async function cancel(io: Io, run: string, { reason, json }: CancelFlags): Promise<number> {
  const attune = await io.attune();
  io.say('stopping; a running job may take two minutes to end');
  const onStuck = (why: string): void =>
    io.say(`${why}. The cancel is on record and waits for one; a job that runs is billed meanwhile`);
  const { workflowId, cancelled, progress } = await attune.cancel(run, reason, { onStuck });
  if (json) io.json({ workflowId, cancelled, status: progress.status, stopped: progress.stopped });
  else
    io.out(
      [
        cancelled ? `cancelled: ${workflowId}` : `${workflowId} ended before it could be cancelled: ${progress.status}`,
        ...progress.stopped.map((what) => `stopped ${what}`),
      ].join('\n'),
    );
  io.next(`attune show ${workflowId}`);
  return cancelled ? EXIT.done : EXIT.failed;
}
