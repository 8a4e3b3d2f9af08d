/**
 * A run as a stream of what changes: stages, jobs, metrics as training prints them, the end.
 * @module
 */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddingView } from '../../run/embedding.js';
import type { JobView, TrialsView } from '../../run/jobs.js';
import type { Progress, RunStatus } from '../../run/progress.js';
import type { QuestionsView } from '../../run/questions.js';
import type { IndexView } from '../../run/vectorIndex.js';
import type { GateVerdict } from '../../run/verdict.js';
import type { Stage } from '../../run/stages.js';
import { AttuneError } from '../../spec/attuneError.js';
import { LOG_GROUP } from '../../aws/names.js';
import { readWorkLine, type WorkLine } from '../../run/workLine.js';
import { JobLog } from './jobLog.js';
import { MetricLines, type MetricLine } from './metricLines.js';
import { look as lookAt, type Look } from './progress.js';
import { orRecorded, type Records } from './recorded.js';
import { findRun, grpcErrorIn } from '../temporal.js';

/** `at`: ISO 8601, when it happened as far as that is known. */
export type WatchEvent = { at: string } & (
  | { type: 'stage'; stage: Stage; state: 'started' | 'ended' }
  | { type: 'job'; stage: Stage; name: string; status: string; secondaryStatus?: string; instanceType: string }
  | ({ type: 'metric'; job: string } & MetricLine)
  | ({ type: 'work'; stage: Stage; job: string } & WorkLine)
  | { type: 'questions'; questions: QuestionsView }
  | { type: 'index'; index: IndexView }
  | { type: 'embedding'; embedding: EmbeddingView }
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
  const printed = new Printed(logs);
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
    const { progress, ended, endedAt } = now;
    const events = [...changes(before, progress)];
    try {
      for (const job of progress.jobs) events.push(...(await printed.newOf(job)));
    } catch (error) {
      events.push(...notice(`the log of a job cannot be read: ${(error as Error).message}`));
    }
    // Who comes later hears it in the order in which it happened.
    const placeOf = placesIn(progress);
    yield* events.sort((a, b) => a.at.localeCompare(b.at) || placeOf(a) - placeOf(b));
    const at = ended ? (endedAt ?? lastTimeOf(progress)) : new Date().toISOString();
    const { status, stage, cost } = progress;
    const elapsedSeconds = Math.round((Date.parse(at) - startTime.getTime()) / 1000);
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

/** Of what happened in the same moment: stage by stage, in each its start, its job, its decision, its end. */
function placesIn({ timeline }: Progress): (event: WatchEvent) => number {
  const stages = timeline.map(({ stage }) => stage);
  return (event) => {
    const within = event.type === 'stage' ? (event.state === 'started' ? 0 : 3) : event.type === 'decision' ? 2 : 1;
    const stage = 'stage' in event ? event.stage : event.type === 'decision' ? 'gate' : 'train';
    return 4 * stages.lastIndexOf(stage) + within;
  };
}

/** What a run that has ended, and whose history is not asked, knows of its end. */
const lastTimeOf = ({ timeline }: Progress): string =>
  timeline.at(-1)?.endedAt ?? timeline.at(-1)?.startedAt ?? new Date().toISOString();

/** The lines of jobs that tell how far they are. */
class Printed {
  private readonly metrics: MetricLines;
  private readonly work: JobLog;

  constructor(logs: () => CloudWatchLogsClient) {
    this.metrics = new MetricLines(logs);
    this.work = new JobLog(logs, LOG_GROUP.processing);
  }

  async newOf({ kind, stage, name }: JobView): Promise<WatchEvent[]> {
    if (kind === 'training')
      return (await this.metrics.newOf(name)).map((line) => ({ type: 'metric', job: name, ...line }));
    if ((stage !== 'evaluate' && stage !== 'embed') || kind !== 'processing') return [];
    return (await this.work.newOf(name)).flatMap(({ at, text }) => {
      const told = readWorkLine(text);
      return told ? [{ type: 'work' as const, at, stage, job: name, ...told }] : [];
    });
  }
}

/** What has happened since `before`; where there is none, all that has. */
export function* changes(before: Progress | undefined, now: Progress): Generator<WatchEvent> {
  const seenAt = new Date().toISOString();
  /** When it happened, as far as the run knows: of what ended, the end of its stage; on a first look, that it began. */
  const at = (stage: Stage): string => {
    const when = now.timeline.findLast((one) => one.stage === stage);
    return when?.endedAt ?? (before ? seenAt : (when?.startedAt ?? seenAt));
  };
  for (const { stage, startedAt, endedAt } of now.timeline) {
    const known = before?.timeline.find((other) => other.stage === stage && other.startedAt === startedAt);
    if (!known) yield { type: 'stage', at: startedAt, stage, state: 'started' };
    if (endedAt && !known?.endedAt) yield { type: 'stage', at: endedAt, stage, state: 'ended' };
  }
  if (now.questions && JSON.stringify(now.questions) !== JSON.stringify(before?.questions))
    yield { type: 'questions', at: at('questions'), questions: now.questions };
  if (now.index && JSON.stringify(now.index) !== JSON.stringify(before?.index))
    yield { type: 'index', at: at('index'), index: now.index };
  if (now.embedding && JSON.stringify(now.embedding) !== JSON.stringify(before?.embedding))
    yield { type: 'embedding', at: at('embed'), embedding: now.embedding };
  for (const { stage, name, status, secondaryStatus, instanceType, trials } of now.jobs) {
    const known = before?.jobs.find((job) => job.name === name);
    if (trials && JSON.stringify(trials) !== JSON.stringify(known?.trials))
      yield { type: 'trials', at: at(stage), job: name, trials };
    if (known?.status === status && known.secondaryStatus === secondaryStatus) continue;
    yield { type: 'job', at: at(stage), stage, name, status, secondaryStatus, instanceType };
  }
  if (now.decision && now.decision !== before?.decision) {
    yield { type: 'decision', at: at('gate'), decision: now.decision, reasons: now.reasons };
  }
}
