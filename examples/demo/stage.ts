/**
 * What the demos stand on: a local stack of their own, and the command line as a person would use it.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cleanState, startStack, type Stack, type StackOptions } from '../../src/dev/stack.js';
import { findTool, projectRoot } from '../../src/dev/toolchain/findTool.js';

export const INTERRUPTED = 130;

export interface Ended {
  code: number;
  stdout: string;
}

export interface Stage extends Pick<Stack, 'describe'> {
  /** Runs `attune` with these arguments. @param capture  keep stdout instead of showing it */
  attune(args: string[], capture?: boolean): Promise<Ended>;
  stopped: AbortSignal;
  /** Milliseconds since 1970, before anything was built. */
  startedAt: number;
}

interface DemoOptions {
  /** Of all state, removed before it begins. */
  stateDir: string;
  /** The domain that examples/aws-api describes. */
  buildsDomain: boolean;
  languageModel?: (signal: AbortSignal) => Promise<StackOptions['languageModel']>;
}

/** Sets the exit code: that of the body; 130 where it was interrupted; 1 with a line of words where it failed. */
export function demo(options: DemoOptions, body: (stage: Stage) => Promise<number>): void {
  played(options, body).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      say(`demo: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    },
  );
}

async function played(
  { stateDir, buildsDomain, languageModel }: DemoOptions,
  body: (stage: Stage) => Promise<number>,
): Promise<number> {
  // As in the command line: the note on Node versions to come is for whoever holds the SDK's version.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const startedAt = Date.now();
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort());

  if (buildsDomain) {
    say('Building the example domain from the installed AWS service models');
    const folder = join(projectRoot, 'examples', 'aws-api');
    await run(findTool('python'), [join(folder, 'build.py'), '--output', join(folder, 'build')]);
  }
  await cleanState(stateDir);
  mkdirSync(stateDir, { recursive: true });
  say('Starting the local stack');
  const stack = await startStack({
    stateDir,
    languageModel: await languageModel?.(stopped.signal),
    log: (line) => say(`  ${line}`),
  });
  const attune = (args: string[], capture = false): Promise<Ended> =>
    run(process.execPath, [join(projectRoot, 'dist', 'cli', 'main.js'), ...args], {
      env: stack.environment,
      capture,
      mayFail: true,
      stopped: stopped.signal,
    });
  try {
    const exitCode = await body({ attune, describe: stack.describe, startedAt, stopped: stopped.signal });
    if (process.stdout.isTTY && !stopped.signal.aborted) {
      say('\nThe stack stays up until Ctrl-C.');
      await once(stopped.signal, 'abort');
    }
    return stopped.signal.aborted && exitCode === 0 && !process.stdout.isTTY ? INTERRUPTED : exitCode;
  } finally {
    say('Stopping everything that was started');
    await stack.stop({ jobs: true });
  }
}

interface RunOptions {
  env?: Record<string, string>;
  /** Keep stdout instead of showing it. */
  capture?: boolean;
  /** Give the exit code back instead of throwing. */
  mayFail?: boolean;
  /** Ends the command early. */
  stopped?: AbortSignal;
}

async function run(command: string, args: string[], options: RunOptions = {}): Promise<Ended> {
  const { env = {}, capture = false, mayFail = false, stopped } = options;
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['inherit', capture ? 'pipe' : 'inherit', 'inherit'],
  });
  const end = (): void => void child.kill('SIGTERM');
  stopped?.addEventListener('abort', end);
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const [code] = (await once(child, 'close')) as [number | null];
  stopped?.removeEventListener('abort', end);
  if (code !== 0 && !mayFail) throw new Error(`${command} ${args.join(' ')} ended with exit code ${code}`);
  return { code: code ?? INTERRUPTED, stdout };
}

export const print = (text: string): void => void process.stdout.write(`${text}\n`);
export const say = (text: string): void => void process.stderr.write(`${text}\n`);
