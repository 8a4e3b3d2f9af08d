/**
 * `npm run bench:scale [-- --runs 10,100,1000 --seconds 30-90 --rate 500 --workers 1]`: N runs of the whole loop at once over jobs
 * that only take time. Whether anything is lost, and what a run costs the worker, Temporal and the AWS account, as N
 * grows. Says on stderr how far it is; a table on stderr and one JSON line on stdout; exit code 0 only where nothing was lost and
 * nothing made twice.
 *
 * Four waits follow each other in a run, so it takes about four times the mean of `--seconds`. Longer jobs spread their ends
 * further, as real ones do, and end when the work of starting is done: a thousand runs want `--seconds 240-600`, forty minutes.
 * @module
 */
import { WorkflowFailedError } from '@temporalio/client';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { accountAndRegion, deployWorkflowId, jobWorkflowId } from '../src/run/ids.js';
import type { Progress } from '../src/run/progress.js';
import { startInstantStack, type InstantStack, type ServiceName } from '../test/support/instantStack.js';
import type { Run } from '../test/support/loop.js';
import { withWorkerProcess } from '../test/support/workerProcess.js';
import { gapsOf, round, spread, table } from './figures.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10,100,1000' },
    /** How long each job and each endpoint's start takes: between two values. */
    seconds: { type: 'string', default: '30-90' },
    /** Control-plane calls a second that the worker may make. */
    rate: { type: 'string', default: '500' },
    /** Processes that poll the same queues; the first of them also takes the events. */
    workers: { type: 'string', default: '1' },
  },
});
const [shortest = 30, longest = shortest] = values.seconds.split('-').map(Number);
/** Starts in flight at once. */
const STARTERS = 20;
/** Of so many runs the histories are measured. */
const SAMPLE = 25;
/** The kernel's clock ticks in a second, as /proc counts CPU time. */
const TICKS = 100;
const SERVICES: ServiceName[] = ['Temporal', 'S3', 'SageMaker', 'workers'];
/** Create calls that one run is to make. */
const WANTED: Record<string, number> = {
  CreateTrainingJob: 1,
  CreateProcessingJob: 2,
  CreateModel: 1,
  CreateEndpointConfig: 1,
  CreateEndpoint: 1,
};

/** Between two lines that say how far it is. */
const PROGRESS_MS = 30_000;
/** Between two looks whether all have ended. */
const LOOK_MS = 2_000;

const figures = [];
for (const count of values.runs.split(',').map(Number)) {
  const figure = await measure(count);
  console.error(JSON.stringify(figure));
  figures.push(figure);
}
console.error(
  table(
    figures.map((one) => ({
      runs: one.runs,
      workers: one.workers,
      lost: one.lost,
      'runs/min': one.runsPerMinute,
      'gap p50 ms': one.gapMs.p50,
      'p99 ms': one.gapMs.p99,
      'worker CPU s/run': one.cpuSecondsPerRun['workers'] ?? Number.NaN,
      'all CPU s/run': round(sum(Object.values(one.cpuSecondsPerRun)), 2),
      'peak MiB': one.workerPeakMiB,
      'MiB/run': one.workerMiBPerRun,
      'events/run': one.historyEventsPerRun,
      'KB/run': one.historyKbPerRun,
      'AWS calls/run': one.awsCallsPerRun,
    })),
  ),
);
const met = figures.every(({ lost, doubled: twice }) => lost === 0 && twice === 0);
console.log(
  JSON.stringify({ bench: 'scale', jobSeconds: [shortest, longest], rate: Number(values.rate), figures, met }),
);
process.exit(met ? 0 : 1);

async function measure(count: number) {
  const workerArgs = ['--aws-calls-per-second', values.rate];
  const instant = await startInstantStack({ jobMs: [shortest * 1000, longest * 1000], workerArgs });
  try {
    return await withMoreWorkers(Number(values.workers) - 1, [], (pids) => measureWith(instant, pids, count));
  } finally {
    await instant.stop();
  }

  async function withMoreWorkers<T>(more: number, pids: number[], body: (pids: number[]) => Promise<T>): Promise<T> {
    if (more === 0) return body(pids);
    return withWorkerProcess(workerArgs, instant.stack.environment, (pid) =>
      withMoreWorkers(more - 1, [...pids, pid], body),
    );
  }
}

/** @param more  process ids of the workers beside the stack's own */
async function measureWith(instant: InstantStack, more: number[], count: number) {
  const pids: [name: string, pid: number][] = [
    ...instant.stack.services.map(({ name, pid }): [string, number] => [name, pid!]),
    ...more.map((pid): [string, number] => ['workers', pid]),
  ];
  const workers = pids.flatMap(([name, pid]) => (name === 'workers' ? [pid] : []));
  const memory = (key: 'VmRSS' | 'VmHWM') => Math.max(...workers.map((pid) => memoryMiB(pid, key)));
  const cpuOf = (): Record<string, number> =>
    Object.fromEntries(
      SERVICES.map((name) => [name, sum(pids.flatMap(([of, pid]) => (of === name ? [cpuSeconds(pid)] : [])))]),
    );
  const idle = { cpu: cpuOf(), mib: memory('VmRSS') };
  const since = Date.now();
  const runs = await startAll(instant, count);
  const startedIn = (Date.now() - since) / 1000;
  let toldAt = since;
  const tell = (running: number): void => {
    if (Date.now() - toldAt < PROGRESS_MS) return;
    toldAt = Date.now();
    const busy = sum(Object.values(cpuOf())) - sum(Object.values(idle.cpu));
    const minutes = round((toldAt - since) / 60_000);
    console.error(`   ${minutes} min: ${running} of ${count} run, ${round(busy, 0)} CPU s, ${memory('VmRSS')} MiB`);
  };
  await untilAllEnded(instant, tell);
  const wall = (Date.now() - since) / 1000;
  const spent = cpuOf();
  const ended = await Promise.allSettled(runs.map(endOf));
  const done = ended.flatMap((one) => (one.status === 'fulfilled' && isWhole(one.value) ? [one.value] : []));
  const calls = await instant.calls();
  const step = Math.max(1, Math.floor(done.length / SAMPLE));
  const histories = await Promise.all(
    done.filter((_, index) => index % step === 0).map((progress) => historyOf(instant, progress)),
  );
  const gaps = done.flatMap(gapsOf);
  const peak = memory('VmHWM');
  const perRun = (value: number): number => round(value / count, 2);
  return {
    runs: count,
    workers: workers.length,
    lost: count - done.length,
    failures: ended
      .flatMap((one) => (one.status === 'rejected' ? [String((one.reason as Error).cause ?? one.reason)] : []))
      .slice(0, 5),
    /** A second job or endpoint where one was enough. */
    doubled: doubled(calls, count),
    startedInSeconds: round(startedIn),
    wallSeconds: round(wall),
    runsPerMinute: round((count * 60) / wall),
    jobEnds: gaps.length,
    gapMs: spread(gaps.map(({ detection, dispatch }) => detection + dispatch)),
    detectionMs: spread(gaps.map(({ detection }) => detection)),
    dispatchMs: spread(gaps.map(({ dispatch }) => dispatch)),
    cpuSecondsPerRun: Object.fromEntries(
      Object.entries(spent).map(([name, seconds]) => [name, perRun(seconds - idle.cpu[name]!)]),
    ),
    /** Of the worker that takes most. */
    workerIdleMiB: idle.mib,
    workerPeakMiB: peak,
    workerMiBPerRun: perRun(peak - idle.mib),
    historyEventsPerRun: mean(histories.map(({ events }) => events)),
    historyKbPerRun: mean(histories.map(({ bytes }) => bytes / 1000)),
    /** The run's own history, without those of its jobs and its deployment. */
    longestHistoryEvents: Math.max(...histories.map(({ longest }) => longest)),
    awsCallsPerRun: perRun(sum(Object.values(calls))),
    calls,
  };
}

async function startAll(instant: InstantStack, count: number): Promise<Run[]> {
  const runs: Run[] = [];
  let next = 0;
  const starter = async (): Promise<void> => {
    while (next < count)
      runs.push(
        await instant.startRun({ name: `scale-${(next += 1)}`, timings: { pollSeconds: 30, freshPollSeconds: 5 } }),
      );
  };
  await Promise.all(Array.from({ length: STARTERS }, starter));
  return runs;
}

/** By one count for all: a wait for each would load the server with what no run asks of it. */
async function untilAllEnded({ client }: InstantStack, tell: (running: number) => void): Promise<void> {
  for (;;) {
    await sleep(LOOK_MS); // between two looks
    try {
      const { count } = await client.workflow.count('WorkflowType = "fineTune" AND ExecutionStatus = "Running"');
      if (count === 0) return;
      tell(count);
    } catch (error) {
      console.error(`   the server did not answer: ${(error as Error).message}`); // it is asked again
    }
  }
}

/** Waits on where the line to the server breaks: that says nothing about the run. */
async function endOf(run: Run): Promise<Progress> {
  for (;;) {
    try {
      return await run.result();
    } catch (error) {
      if (error instanceof WorkflowFailedError) throw error;
      await sleep(1_000); // before the line is tried again
    }
  }
}

function isWhole({ status, jobs, endpoint }: Progress): boolean {
  return status === 'done' && endpoint?.status === 'InService' && jobs.every((job) => job.status === 'Completed');
}

function doubled(calls: Record<string, number>, count: number): number {
  return Object.entries(WANTED).reduce((sum, [name, each]) => sum + Math.max(0, (calls[name] ?? 0) - each * count), 0);
}

/** Events and bytes of a run with those of its children. */
async function historyOf({ client, stack: { describe } }: InstantStack, { workflowId, jobs, endpoint }: Progress) {
  const where = accountAndRegion({ roleArn: describe.roleArn, region: describe.aws.region });
  const ids = [
    workflowId,
    ...jobs.map(({ name }) => jobWorkflowId(name)),
    ...(endpoint ? [deployWorkflowId(endpoint.name, where)] : []),
  ];
  const parts = await Promise.all(ids.map((id) => client.workflow.getHandle(id).describe()));
  return {
    events: parts.reduce((sum, { historyLength }) => sum + historyLength, 0),
    bytes: parts.reduce((sum, { historySize = 0 }) => sum + historySize, 0),
    longest: Math.max(...parts.map(({ historyLength }) => historyLength)),
  };
}

/** User and system time of a process so far. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function memoryMiB(pid: number, key: 'VmRSS' | 'VmHWM'): number {
  const [, kib] = new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Math.round(Number(kib) / 1024);
}

function sum(values: number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

function mean(values: number[]): number {
  return round(sum(values) / values.length);
}
