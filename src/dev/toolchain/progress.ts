/**
 * What set-up says while it works, on stderr: on a terminal one live line for each part, elsewhere plain lines.
 * @module
 */
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import { durationText } from './duration.js';
import type { Step } from './step.js';

/** Elsewhere than on a terminal a part that takes long says so now and then. */
const REMINDER_MS = 15_000;
const SECOND_MS = 1_000;

export interface Part<T> {
  title: string;
  /** @returns what was provided, and the words that stay in its line */
  provide(step: Step): Promise<{ result: T; line: string }>;
}

export interface ProgressOptions {
  signal: AbortSignal;
  /** Whether stderr is a terminal. */
  terminal: boolean;
  /** Where to say it; stderr by default. */
  stream?: NodeJS.WriteStream;
}

/**
 * Works on all parts side by side; one that fails stops no other.
 *
 * @returns each part's result or what it threw, in the order of the parts
 */
export async function workOn<T>(
  parts: readonly Part<T>[],
  { signal, terminal, stream = process.stderr }: ProgressOptions,
): Promise<PromiseSettledResult<T>[]> {
  const logger = new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(stream, stream) });
  const ends: PromiseSettledResult<T>[] = [];
  const list = new Listr(
    parts.map(({ title, provide }, index) => ({
      title,
      task: async (_: unknown, task: { title: string; output: string }) => {
        const since = Date.now();
        let doing = '';
        const show = () => {
          const line = `${title}: ${doing ? `${doing}, ` : ''}${durationText(Date.now() - since)}`;
          if (terminal) task.title = line;
          else task.output = line;
        };
        const timer = setInterval(show, terminal ? SECOND_MS : REMINDER_MS);
        try {
          const { result, line } = await provide({
            signal,
            now: (text) => {
              doing = text;
              if (terminal) show();
            },
          });
          task.title = `${title}: ${line} (${durationText(Date.now() - since)})`;
          ends[index] = { status: 'fulfilled', value: result };
        } catch (reason) {
          const ended = signal.aborted ? 'interrupted' : 'failed';
          task.title = `${title}: ${ended} after ${durationText(Date.now() - since)}`;
          ends[index] = { status: 'rejected', reason };
          throw new Error(signal.aborted ? 'the same command continues from here' : 'see below', { cause: reason });
        } finally {
          clearInterval(timer);
        }
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: terminal ? 'default' : 'simple',
      rendererOptions: { logger, formatOutput: 'truncate', showErrorMessage: false },
    },
  );
  await list.run();
  return ends;
}
