/**
 * All that a verb may touch of the outside: passed in, so that tests read lines and nothing spies on the console. Whatever goes out
 * is cleaned here, of all verbs: of what is not attune's own styling, nothing acts on a terminal.
 * @module
 */
import type { Attune } from '../client/index.js';
import { forJson } from '../spec/foreignText.js';
import { shown, styled, type Format } from './styles.js';

export interface Io {
  /** The result. */
  out(text: string): void;
  /** The result as data: one line on stdout. */
  json(value: unknown): void;
  /** The talk: progress and hints, on stderr. */
  say(text: string): void;
  /** What to do next, on stderr. */
  next(command: string): void;
  /** What a person answers; undefined where there is nobody: no terminal, or no answer. */
  ask(question: string): Promise<string | undefined>;
  /** Whether the result goes to a terminal (live views) and whether the talk does (progress bars). */
  terminal: { out: boolean; talk: boolean };
  /** Columns and rows of the terminal. */
  width(): number;
  height(): number;
  /** Unstyled where there is no terminal or NO_COLOR is set. */
  style(format: Format, text: string): string;
  /** For what redraws itself, the live view on stdout and progress bars on stderr: control sequences as they are, then text. */
  draw(control: string, text?: string): void;
  drawTalk(control: string, text?: string): void;
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
    out: (text) => void process.stdout.write(`${shown(text)}\n`),
    json: (value) => void process.stdout.write(`${forJson(value)}\n`),
    say: (text) => void process.stderr.write(`${shown(text)}\n`),
    next: (command) => void process.stderr.write(`next: ${shown(command)}\n`),
    ask: (question) => answerTo(question),
    terminal: { out: process.stdout.isTTY === true, talk: process.stderr.isTTY === true },
    width: () => process.stdout.columns ?? 80,
    height: () => process.stdout.rows ?? 24,
    style: (format, text) => (colour ? styled(format, text) : text),
    draw: (control, text = '') => void process.stdout.write(control + shown(text)),
    drawTalk: (control, text = '') => void process.stderr.write(control + shown(text)),
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

/** Asked on stderr, so that stdout is the result alone. */
async function answerTo(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  try {
    return await Promise.race([lines.question(shown(question)), ended]);
  } finally {
    lines.close();
  }
}

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
