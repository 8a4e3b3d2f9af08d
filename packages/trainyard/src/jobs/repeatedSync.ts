/**
 * A folder that goes to S3 while a job still writes to it.
 * @module
 */
import type { FolderMirror } from '../s3.js';

/** How often, and how long a file must have been left alone to count as whole. */
const SYNC_MS = 2_000;
const SETTLED_MS = 1_000;

/** Uploads again and again, one upload at a time; a failed one is made up for by the next. */
export class RepeatedSync {
  private current: Promise<void> | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly mirror: FolderMirror) {
    this.timer = setInterval(() => {
      this.current ??= this.upload().finally(() => (this.current = undefined));
    }, SYNC_MS);
  }

  /** Ends the repetition; the caller makes the last upload, when all files are whole. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.current;
  }

  private async upload(): Promise<void> {
    try {
      await this.mirror.upload(SETTLED_MS);
    } catch (error) {
      console.error('upload failed, to be tried again:', error);
    }
  }
}
