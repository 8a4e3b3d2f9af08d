/**
 * `attune dev`: the local stack, until Ctrl-C.
 * @module
 */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { cleanState, startStack, type Ports } from '../dev/stack.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';

export interface DevFlags extends JsonFlag {
  state: string;
  clean?: boolean;
  worker: boolean;
  faults?: boolean;
  temporalPort?: number;
  uiPort?: number;
  s3Port?: number;
  sagemakerPort?: number;
  eventsPort?: number;
}

export async function dev(io: Io, flags: DevFlags): Promise<number> {
  const stateDir = resolve(io.cwd, flags.state);
  const interruption = io.interruption();
  if (flags.clean) await cleanState(stateDir);
  const stack = await startStack({
    stateDir,
    ports: portsOf(flags),
    worker: flags.worker,
    faults: flags.faults,
    log: (line) => io.say(line),
  });
  try {
    const { temporal, aws, bucket, roleArn } = stack.describe;
    if (flags.json) {
      io.json(stack.describe);
    } else {
      io.out(`ready   bucket ${bucket}   role ${roleArn}   region ${aws.region}`);
      io.out(`look    ${temporal.ui}`);
    }
    const state = flags.state === '.attune' ? '' : ` --state ${flags.state}`;
    io.next(
      `in another terminal: eval "$(attune env${state})", then attune submit SPEC --watch. Ctrl-C here stops the stack`,
    );
    if (!interruption.aborted) await once(interruption, 'abort');
    io.say('stopping; jobs and endpoints go on, and the next `attune dev` finds them');
    return EXIT.done;
  } finally {
    await stack.stop();
  }
}

function portsOf({ temporalPort, uiPort, s3Port, sagemakerPort, eventsPort }: DevFlags): Partial<Ports> {
  const given = { temporal: temporalPort, ui: uiPort, s3: s3Port, sagemaker: sagemakerPort, events: eventsPort };
  return Object.fromEntries(Object.entries(given).filter(([, port]) => port !== undefined));
}
