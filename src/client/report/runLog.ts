/**
 * The log of a run's job, or of the endpoint that it deploys to, as CloudWatch has it.
 * @module
 */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { setTimeout as sleep } from 'node:timers/promises';
import { endpointLogGroup, LOG_GROUP } from '../../aws/names.js';
import { NOT_STARTED, type JobView } from '../../run/jobs.js';
import type { Progress } from '../../run/progress.js';
import { AttuneError } from '../../spec/attuneError.js';
import { LogStreams, type LogLine, type LogPlace } from './logStreams.js';

export interface LogOptions {
  /** Whose: a stage that runs a job, or `deploy` for the endpoint. Default: the one that failed, else the last that ran. */
  stage?: string;
  /** Goes on until the job has ended; of an endpoint, until it is given up. */
  follow?: boolean;
  /** Between two looks while following, in milliseconds. Default 2,000. */
  intervalMs?: number;
  signal?: AbortSignal;
}

export interface LogSource {
  stage: string;
  /** Name of the job, or of the endpoint. */
  name: string;
  place: LogPlace;
}

/**
 * @throws AttuneError InvalidRequest for a stage that has no job in this run, NotAvailable while none has run
 */
export function logSourceOf(progress: Progress, stage?: string): LogSource {
  const { workflowId, jobs, endpoint, status } = progress;
  // A batch job of Bedrock's has no log.
  const started = jobs.filter((job) => job.status !== NOT_STARTED && job.kind !== 'batch');
  const known = [...new Set(started.map((job) => job.stage as string)), ...(endpoint ? ['deploy'] : [])];
  if (known.length === 0)
    throw new AttuneError('NotAvailable', `${workflowId} has run no job yet`, `follow it: attune watch ${workflowId}`);
  const atEndpoint = status === 'failed' && (progress.stage === 'deploy' || progress.stage === 'verify');
  const wanted = stage ?? (atEndpoint && endpoint ? 'deploy' : (started.at(-1)?.stage ?? 'deploy'));
  if (wanted === 'deploy' && endpoint)
    return { stage: wanted, name: endpoint.name, place: { group: endpointLogGroup(endpoint.name) } };
  const job = started.findLast((one) => one.stage === wanted);
  if (job) return { stage: wanted, name: job.name, place: placeOf(job) };
  throw new AttuneError(
    'InvalidRequest',
    `${workflowId} has no job of a stage ${wanted}`,
    `there is a log of: ${known.join(', ')}`,
  );
}

/** A tuning job has none of its own: its trials do, which are named after it. */
const placeOf = ({ kind, name }: JobView): LogPlace =>
  kind === 'processing'
    ? { group: LOG_GROUP.processing, prefix: `${name}/` }
    : { group: LOG_GROUP.training, prefix: kind === 'tuning' ? `${name}-` : `${name}/` };

/** Jobs write a little more while they end, and CloudWatch shows it later. */
const LOOKS_AFTER_THE_END = 2;

/** Ends with the log, or with the job where it is followed. @throws AttuneError NotAvailable where there is no log at all */
export async function* linesOf(
  logs: () => CloudWatchLogsClient,
  { name, stage, place }: LogSource,
  look: () => Promise<Progress>,
  { follow = false, intervalMs = 2000, signal }: LogOptions = {},
): AsyncGenerator<LogLine> {
  const streams = new LogStreams(logs, place);
  let any = false;
  for (let left = follow ? LOOKS_AFTER_THE_END : 0; ;) {
    const lines = await streams.newLines();
    any ||= lines.length > 0;
    yield* lines;
    if (left === 0) break;
    await sleep(intervalMs, undefined, { signal });
    if (stage !== 'deploy' && !goesOn(await look(), name)) left -= 1;
  }
  if (!any)
    throw new AttuneError(
      'NotAvailable',
      `there is no log of ${name} in ${place.group}`,
      'it comes once the container runs (--follow waits for it), and goes as the retention of its log group says',
    );
}

const goesOn = ({ jobs, status }: Progress, name: string): boolean =>
  status === 'running' && !ENDED.includes(jobs.find((job) => job.name === name)?.status ?? '');
const ENDED: readonly string[] = ['Completed', 'Failed', 'Stopped'];
