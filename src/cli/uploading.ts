/**
 * A call that may upload files, with its progress on stderr.
 * @module
 */
import type { SourceToUpload, UploadProgress } from '../client/index.js';
import { Interrupted, type Io } from './io.js';
import { bytes } from './text.js';

/**
 * @param again  the command that goes on where an interrupted upload stopped
 * @returns      what the call returned, and whether the spec named local files
 */
export async function uploading<T>(
  io: Io,
  again: string,
  call: (upload: {
    onChosen: (chosen: readonly SourceToUpload[]) => void;
    onProgress: (progress: UploadProgress) => void;
    signal: AbortSignal;
  }) => Promise<T>,
): Promise<{ result: T; uploaded: boolean }> {
  const bar = uploadBar(io);
  const signal = io.interruption();
  try {
    const onChosen = (chosen: readonly SourceToUpload[]): void => uploadLines(chosen).forEach(io.say);
    const result = await call({ onChosen, onProgress: bar.show, signal });
    return { result, uploaded: bar.end() };
  } catch (error) {
    bar.clear();
    if (signal.aborted) {
      io.say('interrupted while uploading; what was sent is kept');
      io.next(`${again}   continues where this one stopped`);
      throw new Interrupted('interrupted', { cause: error });
    }
    throw error;
  }
}

/** What goes to S3 and what stays behind: a line a source, and a line a reason. */
export const uploadLines = (chosen: readonly SourceToUpload[]): string[] =>
  chosen.flatMap(({ field, path, files, bytes: size, kinds, leftOut }) => [
    `${field}  ${path}: ${countOf(files)} (${listOf(kinds)}), ${bytes(size)}`,
    ...leftOut.map(
      ({ why, files, example, kinds }) =>
        `  left out: ${countOf(files)}${kinds ? ` (${listOf(kinds, KINDS_SHOWN)})` : ''}, ${why}, such as ${example}`,
    ),
  ]);

/** Of what is left out; a checkout has dozens. */
const KINDS_SHOWN = 6;

/** "3 .md, 2 .txt, and 4 of other endings", most first where not all are told */
function listOf(kinds: Record<string, number>, most = Infinity): string {
  const entries = Object.entries(kinds);
  const told = entries.length > most ? entries.toSorted(([, a], [, b]) => b - a).slice(0, most) : entries;
  const others = entries.length > most ? sumOf(entries) - sumOf(told) : 0;
  const list = told.map(([kind, count]) => `${count} ${kind}`).join(', ');
  return others > 0 ? `${list}, and ${others} of other endings` : list;
}

const sumOf = (entries: readonly [string, number][]): number => entries.reduce((sum, [, count]) => sum + count, 0);

const countOf = (files: number): string => `${files} ${files === 1 ? 'file' : 'files'}`;

const BAR_WIDTH = 30;

/** A bar on a terminal; elsewhere one line when all is there. */
function uploadBar(io: Io): { show: (progress: UploadProgress) => void; clear: () => void; end: () => boolean } {
  let last: UploadProgress | undefined;
  const clear = (): void => {
    if (last && io.terminal.talk) io.drawTalk('\r\x1b[K');
  };
  return {
    show: (progress) => {
      last = progress;
      if (!io.terminal.talk) return;
      const share = progress.totalBytes === 0 ? 1 : progress.doneBytes / progress.totalBytes;
      const full = Math.round(share * BAR_WIDTH);
      io.drawTalk(
        '\r\x1b[K',
        `uploading ${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${Math.floor(share * 100)} % of ${bytes(progress.totalBytes)}`,
      );
    },
    clear,
    end: () => {
      clear();
      if (last === undefined) return false;
      io.say(
        last.sentBytes === 0
          ? `data is in S3 already (${bytes(last.totalBytes)})`
          : `uploaded ${bytes(last.sentBytes)} of ${bytes(last.totalBytes)}`,
      );
      return true;
    },
  };
}
