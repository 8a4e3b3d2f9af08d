/**
 * `attune rollback`: the model before goes into service again.
 * @module
 */
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';

export interface RollbackFlags extends JsonFlag {
  by: string;
  reason?: string;
}

export async function rollback(io: Io, endpoint: string, { by, reason, json }: RollbackFlags): Promise<number> {
  const attune = await io.attune();
  io.say('going back; a new fleet takes some minutes to come up, and until it is verified the model of now serves');
  const onStuck = (why: string): void => io.say(`${why}. The request is on record and waits for one`);
  const back = await attune.rollback(endpoint, { by, reason, onStuck });
  if (json) io.json(back);
  else
    io.out(
      `${endpoint} serves the model of ${back.to.madeBy} again, verified: cosine ${back.minCosine.toFixed(5)} at least`,
    );
  for (const notice of back.notices) io.say(notice);
  io.say('a schedule may bring the other model back: attune schedule pause, while you look into it');
  io.next(`attune compare ${back.to.madeBy} ${back.from.madeBy ?? ''}`.trim());
  return EXIT.done;
}
