/**
 * All that a verb may touch of the outside: passed in, so that tests read lines and nothing spies on the console.
 * @module
 */
import { styleText } from 'node:util';
import type { Attune } from '../client/index.js';

export interface Io {
  /** The result. */
  out(text: string): void;
  /** The result as data: one line on stdout. */
  json(value: unknown): void;
  /** The talk: progress and hints, on stderr. */
  say(text: string): void;
  /** What to do next, on stderr. */
  next(command: string): void;
  /** Whether the result goes to a terminal (live views) and whether the talk does (progress bars). */
  terminal: { out: boolean; talk: boolean };
  /** Columns of the terminal. */
  width(): number;
  /** Unstyled where there is no terminal or NO_COLOR is set. */
  style(format: Parameters<typeof styleText>[0], text: string): string;
  /** Text as it is, for what redraws itself: the live view on stdout, progress bars on stderr. */
  draw(text: string): void;
  drawTalk(text: string): void;
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Connected when first asked for; closed when the verb ends. */
  attune(): Promise<Attune>;
  /** Aborted by Ctrl-C or SIGTERM. Asking for it takes those signals over. */
  interruption(): AbortSignal;
}

/** On each verb that prints data. */
export interface JsonFlag {
  json?: boolean;
}

/** The process's own. */
export function processIo(env: NodeJS.ProcessEnv = process.env): Io & { close(): Promise<void> } {
  let attune: Promise<Attune> | undefined;
  let interruption: AbortController | undefined;
  const colour = process.stdout.isTTY === true && !env['NO_COLOR'];
  // A reader that has seen enough (`| head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    json: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    say: (text) => void process.stderr.write(`${text}\n`),
    next: (command) => void process.stderr.write(`next: ${command}\n`),
    terminal: { out: process.stdout.isTTY === true, talk: process.stderr.isTTY === true },
    width: () => process.stdout.columns ?? 80,
    style: (format, text) => (colour ? styleText(format, text) : text),
    draw: (text) => void process.stdout.write(text),
    drawTalk: (text) => void process.stderr.write(text),
    cwd: process.cwd(),
    env,
    attune: () => (attune ??= import('../client/index.js').then(({ connect }) => connect(env))),
    interruption: () => {
      if (!interruption) {
        const controller = new AbortController();
        for (const signal of ['SIGINT', 'SIGTERM'] as const)
          process.once(signal, () => controller.abort(new Interrupted()));
        interruption = controller;
      }
      return interruption.signal;
    },
    close: async () => {
      await attune?.then(
        (connected) => connected.close(),
        () => undefined, // it never connected; that error was told already
      );
    },
  };
}

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
