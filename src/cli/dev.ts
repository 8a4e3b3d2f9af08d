/**
 * `attune dev`: the local stack, until Ctrl-C.
 * @module
 */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { cleanState, startStack, stopStack, type Ports, type StackOptions } from '../dev/stack.js';
import { provideLanguageModel } from '../dev/toolchain/python.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';

export interface DevFlags extends JsonFlag {
  state: string;
  clean?: boolean;
  stop?: boolean;
  worker: boolean;
  faults?: boolean;
  /** `true`: the one that set-up provides. */
  languageModel?: boolean | string;
  temporalPort?: number;
  uiPort?: number;
  s3Port?: number;
  sagemakerPort?: number;
  eventsPort?: number;
}

export async function dev(io: Io, flags: DevFlags): Promise<number> {
  const stateDir = resolve(io.cwd, flags.state);
  if (flags.stop) return stop(io, stateDir, flags);
  const interruption = io.interruption();
  if (flags.clean) await cleanState(stateDir);
  const stack = await startStack({
    stateDir,
    ports: portsOf(flags),
    worker: flags.worker,
    faults: flags.faults,
    languageModel: await languageModelOf(io, flags, interruption),
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
    io.say(
      `stopping; jobs and endpoints keep running, and the next \`attune dev\` finds them. To end them too: attune dev --stop${state}`,
    );
    return EXIT.done;
  } finally {
    await stack.stop();
  }
}

/** Also what an earlier `attune dev` has left behind: its jobs and endpoints keep their memory until then. */
async function stop(io: Io, stateDir: string, { state, json, clean }: DevFlags): Promise<number> {
  const ended = await stopStack(stateDir);
  if (clean) await cleanState(stateDir);
  if (json) io.json({ ...ended, state: stateDir });
  else if (ended.stack || ended.left > 0) io.out(`stopped: the stack on ${state}, with its jobs and endpoints`);
  else io.out(`no stack runs on ${state}; jobs and endpoints that one had left are ended`);
  io.next('attune dev   # starts it again, on the same state');
  return EXIT.done;
}

function portsOf({ temporalPort, uiPort, s3Port, sagemakerPort, eventsPort }: DevFlags): Partial<Ports> {
  const given = { temporal: temporalPort, ui: uiPort, s3: s3Port, sagemaker: sagemakerPort, events: eventsPort };
  return Object.fromEntries(Object.entries(given).filter(([, port]) => port !== undefined));
}

/** Its programs are made on first use: whoever does without a language model needs none of their 150 MB. */
async function languageModelOf(
  io: Io,
  { languageModel }: DevFlags,
  signal: AbortSignal,
): Promise<StackOptions['languageModel']> {
  if (!languageModel) return undefined;
  const step = { now: (doing: string) => io.say(`language model: ${doing}`), signal };
  return provideLanguageModel(step, languageModel === true ? undefined : resolve(io.cwd, languageModel));
}
