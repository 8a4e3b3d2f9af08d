/**
 * `attune env`: what points any AWS SDK and any Temporal client at the running stack.
 * @module
 */
import { resolve } from 'node:path';
import { foreignIn } from '../dev/environment.js';
import { runningStack } from '../dev/stack.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';

export interface EnvFlags extends JsonFlag {
  state: string;
}

export async function env(io: Io, { state, json }: EnvFlags): Promise<number> {
  const stack = runningStack(resolve(io.cwd, state));
  if (!stack) {
    io.say(`error: no stack runs on ${state}`);
    io.next('attune dev');
    return EXIT.failed;
  }
  if (json) io.json(stack.environment);
  else {
    // First of all: a profile or a session token of one's own would still count beside what is set.
    const foreign = foreignIn(io.env, stack.environment);
    if (foreign.length > 0) io.out(`unset ${foreign.join(' ')}`);
    for (const [name, value] of Object.entries(stack.environment)) io.out(`export ${name}=${quoted(value)}`);
  }
  // Where it is evaluated already, that is no hint.
  io.next(`${io.terminal.out ? 'eval "$(attune env)", then ' : ''}attune submit SPEC --watch`);
  return EXIT.done;
}

/** For any POSIX shell. */
const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;
