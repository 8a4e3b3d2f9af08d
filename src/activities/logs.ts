/**
 * The end of a job's log, for a failure's message.
 * @module
 */
import { DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { isNotFound } from '../aws/errors.js';
import { LOG_GROUP } from '../aws/names.js';
import type { Deps } from './deps.js';
import type { JobRef } from './jobSnapshot.js';

const LINES = 15;
const WIDTH = 160;

/** Streams appear late, or never when the container did not run: no log is not an error. */
export async function lastLogLines({ logs }: Deps, job: JobRef): Promise<string[]> {
  try {
    const logGroupName = job.kind === 'training' ? LOG_GROUP.training : LOG_GROUP.processing;
    const { logStreams = [] } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: `${job.name}/` }),
    );
    const newest = logStreams.at(-1)?.logStreamName;
    if (newest === undefined) return [];
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({ logGroupName, logStreamName: newest, limit: LINES, startFromHead: false }),
    );
    return events.map(({ message = '' }) => message.trimEnd().slice(0, WIDTH)).slice(-LINES);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
