/**
 * A run as a stream of what changes: stages, jobs, metrics as training prints them, the end.
 * @module
 */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress, RunStatus, Stage } from '../workflows/messages.js';
import { AttuneError } from './errors.js';
import { MetricLines, type MetricLine } from './metricLines.js';
import { progressOfRun } from './progress.js';
import { findRun } from './temporal.js';

/** `at`: ISO 8601, when it happened as far as that is known. */
export type WatchEvent = { at: string } & (
  | { type: 'stage'; stage: Stage; state: 'started' | 'ended' }
  | { type: 'job'; stage: Stage; name: string; status: string; secondaryStatus?: string; instanceType: string }
  | ({ type: 'metric'; job: string } & MetricLine)
  | { type: 'decision'; decision: 'passed' | 'rejected'; reasons: string[] }
  | { type: 'progress'; elapsedSeconds: number; costUsd?: number; progress: Progress }
  | { type: 'notice'; message: string }
  | { type: 'end'; status: RunStatus; progress: Progress }
);

export interface WatchOptions {
  /** Between looks, in milliseconds. Default 1,000. */
  intervalMs?: number;
  signal?: AbortSignal;
}

/** Ends with an event of type `end`; until then goes on through a missing worker or log, and says so. */
export async function* watch(
  client: Client,
  logs: () => CloudWatchLogsClient,
  id: string,
  { intervalMs = 1000, signal }: WatchOptions = {},
): AsyncGenerator<WatchEvent> {
  const handle = await findRun(client, id);
  const { startTime } = await handle.describe();
  const metrics = new MetricLines(logs);
  const ended = hasEnded(handle);
  const said = new Set<string>();
  const notices = (message: string): WatchEvent[] =>
    said.has(message) ? [] : [said.add(message) && { type: 'notice', at: new Date().toISOString(), message }];
  let before: Progress | undefined;

  for (;;) {
    signal?.throwIfAborted();
    const over = await Promise.race([ended.then(() => true), sleep(before ? intervalMs : 0, false)]);
    let now: Progress;
    try {
      now = await progressOfRun(client, handle);
    } catch (error) {
      if (!(error instanceof AttuneError) || error.type !== 'NoWorker') throw error;
      yield* notices(`${error.message}; waiting for one`);
      continue;
    }
    yield* changes(before, now);
    try {
      for (const job of now.jobs.filter(({ kind }) => kind === 'training')) {
        for (const line of await metrics.newOf(job.name)) yield { type: 'metric', job: job.name, ...line };
      }
    } catch (error) {
      yield* notices(`the training log cannot be read: ${(error as Error).message}`);
    }
    const at = new Date().toISOString();
    yield {
      type: 'progress',
      at,
      elapsedSeconds: Math.round((Date.now() - startTime.getTime()) / 1000),
      costUsd: now.cost.accruedUsd,
      progress: now,
    };
    if (over || isEnd(now.status)) {
      yield { type: 'end', at, status: now.status, progress: now };
      return;
    }
    before = now;
  }
}

export const isEnd = (status: RunStatus): boolean => status !== 'running' && status !== 'waitingForApproval';

/** Settles when the run does, however it ends. */
const hasEnded = (handle: WorkflowHandle): Promise<void> =>
  handle.result().then(
    () => undefined,
    () => undefined,
  );

function* changes(before: Progress | undefined, now: Progress): Generator<WatchEvent> {
  for (const { stage, startedAt, endedAt } of now.timeline) {
    const known = before?.timeline.find((other) => other.stage === stage && other.startedAt === startedAt);
    if (!known) yield { type: 'stage', at: startedAt, stage, state: 'started' };
    if (endedAt && !known?.endedAt) yield { type: 'stage', at: endedAt, stage, state: 'ended' };
  }
  for (const { stage, name, status, secondaryStatus, instanceType } of now.jobs) {
    const known = before?.jobs.find((job) => job.name === name);
    if (known?.status === status && known.secondaryStatus === secondaryStatus) continue;
    yield { type: 'job', at: new Date().toISOString(), stage, name, status, secondaryStatus, instanceType };
  }
  if (now.decision && now.decision !== before?.decision) {
    yield { type: 'decision', at: new Date().toISOString(), decision: now.decision, reasons: now.reasons };
  }
}
