/**
 * The end of a failed job's log, from the run's folder.
 * @module
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { text } from 'node:stream/consumers';
import { folderIn, logTailFile } from '../../run/files.js';
import type { Progress } from '../../run/progress.js';
import { AttuneError } from '../../spec/attuneError.js';
import { readObject } from '../aws.js';

export interface LogTail {
  job: string;
  uri: string;
  /** At most 200 lines and 64 KB, as the job wrote them: not fit for a terminal. */
  text: string;
}

/** @returns undefined of a run whose last job did not fail, or left no log */
export async function logTail(s3: () => S3Client, progress: Progress): Promise<LogTail | undefined> {
  const job = progress.jobs.at(-1);
  const folder = folderIn(progress);
  if (progress.status !== 'failed' || job?.status !== 'Failed' || folder === undefined) return undefined;
  const uri = logTailFile({ folder }, job.name);
  try {
    return { job: job.name, uri, text: await text(await readObject(s3(), uri)) };
  } catch (error) {
    if (error instanceof AttuneError && error.type === 'NotAvailable') return undefined;
    throw error;
  }
}
