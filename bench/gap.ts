/**
 * `npm run bench:gap [-- --runs 17 --seconds 60-90 --mode events,poll]`: how long nothing happens after a job has ended, until the
 * next stage's first AWS call. Real processes of attune, Temporal and S3, and jobs that only take time; beside them the
 * peers' poll loops, replayed on the same jobs. A table on stderr and one JSON line on stdout; exit code 0 only where attune meets
 * the goal with events. Each mode takes about five minutes: a mode's runs go side by side, their three jobs one after the other.
 * @module
 */
import { DescribeProcessingJobCommand, DescribeTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { announcedPollMs } from '../src/run/polls.js';
import type { Progress } from '../src/run/progress.js';
import { seeded } from '../test/support/dice.js';
import { startInstantStack, type InstantStack } from '../test/support/instantStack.js';
import { gapsOf, jobDescribes, round, spread, table, type Gap } from './figures.js';
import { describesPerHour, gapMs, PEERS } from './peers.js';

const { values } = parseArgs({
  options: {
    /** Three jobs each. */
    runs: { type: 'string', default: '17' },
    /** How long each job takes: between two values. */
    seconds: { type: 'string', default: '60-90' },
    mode: { type: 'string', default: 'events,poll' },
  },
});
const runs = Number(values.runs);
const [shortest = 60, longest = shortest] = values.seconds.split('-').map(Number);
/** The product's own defaults: 5 s in a job's first minute, 30 s from then on. */
const timings = { pollSeconds: 30, freshPollSeconds: 5 };
/** Apart, so that they do not end together and are not polled together. */
const STAGGER_MS = 1_000;
/** With events, on a quiet machine. */
const GOAL = { gapP50Ms: 100, gapP99Ms: 300, describesPerHourLongJob: 20 };

interface Measured {
  gaps: Gap[];
  /** Seconds that each job took. */
  jobSeconds: number[];
  describes: number;
}

const results: Record<string, Measured> = {};
for (const mode of values.mode.split(',')) results[mode] = await measure(mode === 'events');

const modes = Object.entries(results).map(([mode, measured]) => figuresOf(mode, measured));
const jobs = Object.values(results).flatMap(({ jobSeconds }) => jobSeconds);
const random = seeded(1);
const peers = PEERS.map((peer) => ({
  name: `${peer.name} (simulated)`,
  jobEnds: jobs.length,
  gapMs: spread(jobs.map(() => gapMs(peer, random()))),
  describesPerJobHour: describesPerHour(peer),
}));
console.error(
  table([
    ...modes.map(({ name, jobEnds, gapMs: gap, detectionMs, dispatchMs, describesPerHourLongJob }) => ({
      'who waits': name,
      'job ends': jobEnds,
      'gap p50 ms': gap.p50,
      'p99 ms': gap.p99,
      'detection p50': detectionMs.p50,
      p99: detectionMs.p99,
      'dispatch p50': dispatchMs.p50,
      'p99 ': dispatchMs.p99,
      'describes/job-hour': describesPerHourLongJob,
    })),
    ...peers.map(({ name, jobEnds, gapMs: gap, describesPerJobHour }) => ({
      'who waits': name,
      'job ends': jobEnds,
      'gap p50 ms': gap.p50,
      'p99 ms': gap.p99,
      'describes/job-hour': describesPerJobHour,
    })),
  ]),
);
const met = modes.every(
  ({ mode, gapMs: { p50, p99 }, describesPerHourLongJob }) =>
    mode !== 'events' ||
    (p50 <= GOAL.gapP50Ms && p99 <= GOAL.gapP99Ms && describesPerHourLongJob <= GOAL.describesPerHourLongJob),
);
console.log(JSON.stringify({ bench: 'gap', runs, jobSeconds: [shortest, longest], modes, peers, goal: GOAL, met }));
process.exit(met ? 0 : 1);

async function measure(events: boolean): Promise<Measured> {
  const instant = await startInstantStack({ jobMs: [shortest * 1000, longest * 1000], events });
  try {
    const started: Promise<Progress>[] = [];
    for (let run = 0; run < runs; run += 1) {
      started.push((await instant.startRun({ name: `gap-${run}`, timings, deploy: false })).result());
      await sleep(STAGGER_MS);
    }
    const ended = await Promise.all(started);
    const describes = jobDescribes(await instant.calls());
    const jobSeconds = await Promise.all(ended.flatMap(({ jobs }) => jobs.map((job) => secondsOf(instant, job))));
    return { gaps: ended.flatMap(gapsOf), jobSeconds, describes };
  } finally {
    await instant.stop();
  }
}

async function secondsOf({ sageMaker }: InstantStack, { kind, name }: Progress['jobs'][number]): Promise<number> {
  if (kind === 'training') {
    const job = await sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    return (job.TrainingEndTime!.getTime() - job.CreationTime!.getTime()) / 1000;
  }
  const job = await sageMaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }));
  return (job.ProcessingEndTime!.getTime() - job.CreationTime!.getTime()) / 1000;
}

function figuresOf(mode: string, { gaps, jobSeconds, describes }: Measured) {
  const seconds = jobSeconds.reduce((sum, one) => sum + one, 0);
  const perJob = describes / jobSeconds.length;
  const midRunPollSeconds =
    mode === 'events' ? announcedPollMs(timings.pollSeconds * 1000) / 1000 : timings.pollSeconds;
  return {
    mode,
    name: `attune, ${mode}`,
    jobEnds: gaps.length,
    gapMs: spread(gaps.map(({ detection, dispatch }) => detection + dispatch)),
    detectionMs: spread(gaps.map(({ detection }) => detection)),
    dispatchMs: spread(gaps.map(({ dispatch }) => dispatch)),
    describesPerJob: round(perJob),
    describesPerJobHour: round((describes * 3600) / seconds),
    /** Of a job of one hour: what was counted, and the mid-run poll for the rest of the hour. */
    describesPerHourLongJob: round(perJob + (3600 - seconds / jobSeconds.length) / midRunPollSeconds),
  };
}
