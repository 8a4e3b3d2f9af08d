/**
 * `attune submit`: from a spec file to a run.
 * @module
 */
import type { UploadProgress } from '../client/index.js';
import { EXIT } from './exit.js';
import { Interrupted, type Io, type JsonFlag } from './io.js';
import { bytes } from './text.js';
import { follow } from './watch.js';

export interface SubmitFlags extends JsonFlag {
  watch?: boolean;
}

export async function submit(io: Io, file: string, { watch, json }: SubmitFlags): Promise<number> {
  const attune = await io.attune();
  const bar = uploadBar(io);
  const signal = io.interruption();
  let run;
  try {
    run = await attune.submit(file, { cwd: io.cwd, onProgress: bar.show, signal });
  } catch (error) {
    bar.clear();
    if (signal.aborted) {
      io.say('interrupted while uploading; what was sent is kept');
      io.next(`attune submit ${file}   goes on where this one stopped`);
      throw new Interrupted('interrupted', { cause: error });
    }
    throw error;
  }
  bar.end();
  if (json) io.json(run);
  else io.out(`${run.workflowId}\n${run.ui}`);
  if (watch) return follow(io, run.workflowId, { json });
  io.next(`attune watch ${run.workflowId}`);
  return EXIT.done;
}

const BAR_WIDTH = 30;

/** A bar on a terminal; elsewhere one line when all is there. */
function uploadBar(io: Io): { show: (progress: UploadProgress) => void; clear: () => void; end: () => void } {
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
        `\r\x1b[Kuploading ${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${Math.floor(share * 100)} % of ${bytes(progress.totalBytes)}`,
      );
    },
    clear,
    end: () => {
      clear();
      if (last)
        io.say(
          last.sentBytes === 0
            ? `data is in S3 already (${bytes(last.totalBytes)})`
            : `uploaded ${bytes(last.sentBytes)} of ${bytes(last.totalBytes)}`,
        );
    },
  };
}
