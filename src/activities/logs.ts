/**
 * The end of the log of a failed job or endpoint, kept in the run's folder: it may quote data, which no history holds.
 * @module
 */
import {
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  type DescribeLogStreamsCommandInput,
  type LogStream,
} from '@aws-sdk/client-cloudwatch-logs';
import { isNotFound } from '../aws/errors.js';
import { LOG_GROUP, endpointLogGroup } from '../aws/names.js';
import { writeObject, type Encryption } from '../aws/s3.js';
import type { Deps } from './deps.js';
import type { JobRef } from './jobSnapshot.js';

const MOST_LINES = 200;
const MOST_BYTES = 64 * 1024;

/** Where the end of a log goes. */
export interface LogTailPlace extends Encryption {
  uri: string;
}

/** @returns whether there is a log */
export async function keepLogTail(deps: Deps, job: JobRef, place: LogTailPlace): Promise<boolean> {
  const logGroupName = job.kind === 'training' ? LOG_GROUP.training : LOG_GROUP.processing;
  return keep(deps, await lastLogLines(deps, { logGroupName, logStreamNamePrefix: `${job.name}/` }), place);
}

/** The same of an endpoint: of the instance that came last. @returns whether there is a log */
export async function keepEndpointLogTail(deps: Deps, endpoint: string, place: LogTailPlace): Promise<boolean> {
  const logGroupName = endpointLogGroup(endpoint);
  return keep(deps, await lastLogLines(deps, { logGroupName, orderBy: 'LastEventTime', descending: true }), place);
}

async function keep(deps: Deps, lines: readonly string[], { uri, ...encryption }: LogTailPlace): Promise<boolean> {
  if (lines.length === 0) return false;
  const text = Buffer.from(`${lines.join('\n')}\n`).subarray(-MOST_BYTES);
  await writeObject(deps.s3, uri, text, encryption);
  return true;
}

/** Streams appear late, or never when the container did not run: no log is not an error. */
async function lastLogLines({ logs }: Deps, streams: DescribeLogStreamsCommandInput): Promise<string[]> {
  const { logGroupName } = streams;
  try {
    const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand(streams));
    // A job's in the order of their names, which end in a time; an endpoint's may serve beside the one that failed.
    const newest = logStreams.reduce<LogStream | undefined>(
      (last, one) => ((one.creationTime ?? 0) >= (last?.creationTime ?? 0) ? one : last),
      undefined,
    );
    if (newest?.logStreamName === undefined) return [];
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({
        logGroupName,
        logStreamName: newest.logStreamName,
        limit: MOST_LINES,
        startFromHead: false,
      }),
    );
    return events.map(({ message = '' }) => message.trimEnd());
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
