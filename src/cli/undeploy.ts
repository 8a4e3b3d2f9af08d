/**
 * `attune undeploy`: takes an endpoint away.
 * @module
 */
import type { Undeployed } from '../client/index.js';
import { confirmed } from './confirm.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';

export interface UndeployFlags extends JsonFlag {
  yes?: boolean;
}

export async function undeploy(io: Io, endpoint: string, { yes, json }: UndeployFlags): Promise<number> {
  const attune = await io.attune();
  const would = await attune.undeployable(endpoint);
  for (const line of goingLines(would)) io.say(line);
  if (!(await confirmed(io, `take endpoint ${endpoint} away? Whoever asks it gets errors from then on`, yes))) {
    io.say('nothing was changed');
    return EXIT.cancelled;
  }
  io.say('removing; an endpoint takes a minute to go');
  const done = await attune.undeploy(endpoint);
  if (json) io.json(done);
  else io.out(`undeployed: ${done.removes.map(({ name }) => name).join(', ')}`);
  io.say('the models stay in S3: a run with `model:` puts one into service again');
  io.next(`attune list --name ${endpoint}`);
  return EXIT.done;
}

const WORDS = { endpoint: 'endpoint', endpointConfig: 'endpoint config', model: 'model entry' } as const;

const goingLines = ({ madeBy, removes, keeps }: Undeployed): string[] => [
  `made by ${madeBy}; goes:`,
  ...removes.map(({ kind, name }) => `  ${WORDS[kind]} ${name}`),
  ...keeps.map(({ kind, name, why }) => `stays: ${WORDS[kind]} ${name}: ${why}`),
];
