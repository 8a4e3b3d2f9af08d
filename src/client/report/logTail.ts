/**
 * The end of the log of a failed job or endpoint, from the run's folder.
 * @module
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { text } from 'node:stream/consumers';
import { endpointLogFile, folderIn, logTailFile } from '../../run/files.js';
import type { Progress } from '../../run/progress.js';
import type { FailureType } from '../../spec/failures.js';
import { AttuneError } from '../../spec/attuneError.js';
import { readObject } from '../aws.js';

export interface LogTail {
  /** Name of the job, or of the endpoint. */
  job: string;
  uri: string;
  /** At most 200 lines and 64 KB, as it wrote them: not fit for a terminal. */
  text: string;
}

const TOLD_BY_THE_ENDPOINT: readonly string[] = [
  'EndpointFailed',
  'RolledBack',
  'VerificationFailed',
] satisfies FailureType[];

/** @returns undefined of a run in which neither the last job nor the endpoint failed, or what failed left no log */
export async function logTail(s3: () => S3Client, progress: Progress): Promise<LogTail | undefined> {
  const last = progress.jobs.at(-1);
  const folder = folderIn(progress);
  if (progress.status !== 'failed' || last === undefined || folder === undefined) return undefined;
  const endpoint = TOLD_BY_THE_ENDPOINT.includes(progress.failure?.type ?? '') ? progress.endpoint?.name : undefined;
  const job = last.status === 'Failed' ? last.name : endpoint;
  if (job === undefined) return undefined;
  const uri = job === endpoint ? endpointLogFile({ folder }, job) : logTailFile({ folder }, job);
  try {
    return { job, uri, text: await text(await readObject(s3(), uri)) };
  } catch (error) {
    if (error instanceof AttuneError && error.type === 'NotAvailable') return undefined;
    throw error;
  }
}
