/**
 * A run as a stream of what changes: stages, jobs, metrics as training prints them, the end.
 * @module
 */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrialsView } from '../../run/jobs.js';
import type { Progress, RunStatus } from '../../run/progress.js';
import type { GateVerdict } from '../../run/verdict.js';
import type { Stage } from '../../run/stages.js';
import { AttuneError } from '../../spec/attuneError.js';
import { MetricLines, type MetricLine } from './metricLines.js';
import { look as lookAt, type Look } from './progress.js';
import { orRecorded, type Records } from './recorded.js';
import { findRun, grpcErrorIn } from '../temporal.js';

/** `at`: ISO 8601, when it happened as far as that is known. */
export type WatchEvent = { at: string } & (
  | { type: 'stage'; stage: Stage; state: 'started' | 'ended' }
  | { type: 'job'; stage: Stage; name: string; status: string; secondaryStatus?: string; instanceType: string }
  | ({ type: 'metric'; job: string } & MetricLine)
  | { type: 'trials'; job: string; trials: TrialsView }
  | { type: 'decision'; decision: GateVerdict; reasons: string[] }
  | {
      type: 'progress';
      status: RunStatus;
      stage: Stage;
      elapsedSeconds: number;
      costUsd?: number;
      costLacks?: string[];
    }
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
  records: Records,
  id: string,
  { intervalMs = 1000, signal }: WatchOptions = {},
): AsyncGenerator<WatchEvent> {
  const { look, startTime } = await lookedFor(client, records, id);
  const metrics = new MetricLines(logs);
  const said = new Set<string>();
  const notice = (message: string): WatchEvent[] =>
    said.has(message) ? [] : [said.add(message) && { type: 'notice', at: new Date().toISOString(), message }];

  let before: Progress | undefined;
  for (let looks = 0; ; looks += 1) {
    await sleep(looks === 0 ? 0 : intervalMs, undefined, { signal });
    let now: Look;
    try {
      now = await look();
    } catch (error) {
      const why = passing(error);
      if (!why) throw error;
      yield* notice(why);
      continue;
    }
    const { progress, ended } = now;
    yield* changes(before, progress);
    try {
      for (const { name } of progress.jobs.filter(({ kind }) => kind === 'training')) {
        for (const line of await metrics.newOf(name)) yield { type: 'metric', job: name, ...line };
      }
    } catch (error) {
      yield* notice(`the training log cannot be read: ${(error as Error).message}`);
    }
    const at = new Date().toISOString();
    const { status, stage, cost } = progress;
    const elapsedSeconds = Math.round((Date.now() - startTime.getTime()) / 1000);
    yield {
      type: 'progress',
      at,
      status,
      stage,
      elapsedSeconds,
      costUsd: cost.accruedUsd,
      costLacks: cost.unknownSoFar,
    };
    if (ended) {
      yield { type: 'end', at, status, progress };
      return;
    }
    before = progress;
  }
}

/** How to look at a run: at one that Temporal has forgotten, by its record, which shows its end. */
async function lookedFor(
  client: Client,
  records: Records,
  id: string,
): Promise<{ look: () => Promise<Look>; startTime: Date }> {
  const found = await orRecorded(records, id, async () => ({ handle: await findRun(client, id) }));
  if ('handle' in found) {
    const { handle } = found;
    return { look: () => lookAt(client, handle), startTime: (await handle.describe()).startTime };
  }
  return {
    look: () => Promise.resolve({ progress: found, ended: true }),
    startTime: new Date(found.timeline[0]?.startedAt ?? Date.now()),
  };
}

const UNAVAILABLE = 14; // gRPC

/** What will pass: nobody there to ask for the moment. The run itself goes on. */
function passing(error: unknown): string | undefined {
  if (error instanceof AttuneError && error.type === 'NoWorker') return `${error.message}; waiting for one`;
  return Number(grpcErrorIn(error)?.code) === UNAVAILABLE
    ? 'the Temporal server does not answer; waiting for it'
    : undefined;
}

function* changes(before: Progress | undefined, now: Progress): Generator<WatchEvent> {
  for (const { stage, startedAt, endedAt } of now.timeline) {
    const known = before?.timeline.find((other) => other.stage === stage && other.startedAt === startedAt);
    if (!known) yield { type: 'stage', at: startedAt, stage, state: 'started' };
    if (endedAt && !known?.endedAt) yield { type: 'stage', at: endedAt, stage, state: 'ended' };
  }
  for (const { stage, name, status, secondaryStatus, instanceType, trials } of now.jobs) {
    const known = before?.jobs.find((job) => job.name === name);
    if (trials && JSON.stringify(trials) !== JSON.stringify(known?.trials))
      yield { type: 'trials', at: new Date().toISOString(), job: name, trials };
    if (known?.status === status && known.secondaryStatus === secondaryStatus) continue;
    yield { type: 'job', at: new Date().toISOString(), stage, name, status, secondaryStatus, instanceType };
  }
  if (now.decision && now.decision !== before?.decision) {
    yield { type: 'decision', at: new Date().toISOString(), decision: now.decision, reasons: now.reasons };
  }
}
