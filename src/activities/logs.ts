/**
 * The end of a failed job's log, kept in the run's folder: it may quote data, which no history holds.
 * @module
 */
import { DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { isNotFound } from '../aws/errors.js';
import { LOG_GROUP } from '../aws/names.js';
import { writeObject, type Encryption } from '../aws/s3.js';
import type { Deps } from './deps.js';
import type { JobRef } from './jobSnapshot.js';

const MOST_LINES = 200;
const MOST_BYTES = 64 * 1024;

/** Where the end of a job's log goes. */
export interface LogTailPlace extends Encryption {
  uri: string;
}

/** @returns whether there is a log */
export async function keepLogTail(deps: Deps, job: JobRef, { uri, ...encryption }: LogTailPlace): Promise<boolean> {
  const lines = await lastLogLines(deps, job);
  if (lines.length === 0) return false;
  const text = Buffer.from(`${lines.join('\n')}\n`).subarray(-MOST_BYTES);
  await writeObject(deps.s3, uri, text, encryption);
  return true;
}

/** Streams appear late, or never when the container did not run: no log is not an error. */
async function lastLogLines({ logs }: Deps, job: JobRef): Promise<string[]> {
  try {
    const logGroupName = job.kind === 'training' ? LOG_GROUP.training : LOG_GROUP.processing;
    const { logStreams = [] } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: `${job.name}/` }),
    );
    const newest = logStreams.at(-1)?.logStreamName;
    if (newest === undefined) return [];
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({ logGroupName, logStreamName: newest, limit: MOST_LINES, startFromHead: false }),
    );
    return events.map(({ message = '' }) => message.trimEnd());
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
