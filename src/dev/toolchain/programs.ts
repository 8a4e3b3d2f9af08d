/**
 * Running other programs: their lines become progress, their failure an error that a person can act on.
 * @module
 */
import { execa, execaSync } from 'execa';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import which from 'which';
import { projectRoot } from './places.js';

/** The last lines of a failed program's output: its own reason stands there. */
const TAIL_LINES = 20;

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** The program is ended after so long; never by default. */
  timeout?: number;
  /** Ends it when set-up is interrupted. */
  signal?: AbortSignal;
  /** Called with each line of its output as it comes. */
  onLine?: (line: string) => void;
}

export interface Ended {
  ok: boolean;
  timedOut: boolean;
  stdout: string;
  /** The last lines of both streams. */
  tail: string;
}

/** Ends a program, and what it started, with this process, however this one ends. */
const GUARD = join(projectRoot, 'tools', 'guard.mjs');

/**
 * Runs a program to its end. It does not outlive this process: what a killed set-up had started ends with it.
 *
 * @throws the signal's reason when it was interrupted
 */
export async function run(command: readonly [string, ...string[]], options: RunOptions = {}): Promise<Ended> {
  const { cwd, env, timeout, signal, onLine = () => undefined } = options;
  signal?.throwIfAborted();
  const child = execa(process.execPath, [GUARD, ...command], {
    cwd,
    env,
    timeout,
    all: true,
    reject: false,
    stdin: 'ignore',
    ipc: true,
    detached: true,
    cancelSignal: signal,
  });
  createInterface(child.all).on('line', (line) => onLine(line.trim()));
  const { failed, timedOut, stdout, all } = await child;
  signal?.throwIfAborted();
  return { ok: !failed, timedOut, stdout, tail: all.trim().split('\n').slice(-TAIL_LINES).join('\n') };
}

/** @returns what a short question to a program (`--version`) answered on stdout or stderr, or undefined */
export function ask(program: string, ...args: string[]): string | undefined {
  const { failed, all } = execaSync(program, args, { all: true, reject: false, stdin: 'ignore', timeout: 20_000 });
  return failed ? undefined : all;
}

/** @returns every executable of this name on PATH, in PATH's order */
export const onPath = (name: string): string[] => [...(which.sync(name, { all: true, nothrow: true }) ?? [])];
