/**
 * Days of outage against limits of hours, scaled down to seconds: of the workers, of Temporal, of AWS's credentials, at each stage
 * that waits. What it waits for ends meanwhile; the run then ends as if nothing had been.
 */
import { Client, Connection } from '@temporalio/client';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { approve } from '../../src/run/messages.js';
import type { Progress } from '../../src/run/progress.js';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { type smallSpec, until, untilProgress, withLoop, type Loop, type Run } from '../support/loop.js';
import { startTemporal, type OwnTemporal } from '../support/ownTemporal.js';

const JOB_STAGES = ['prepare', 'train', 'tune', 'evaluate'] as const;

/** Seconds. Each far below the outage; of a job's, the least that SageMaker takes, by times that the test moves back. */
const maxRuntimeSeconds = 60;
const timings = {
  pollSeconds: 0.05,
  freshPollSeconds: 0.03,
  queueSeconds: 0,
  quotaSeconds: 0,
  capacitySeconds: 0,
  // These two go by the clock: long enough for a busy machine to bring both runs there before the outage begins.
  endpointSeconds: 10,
  approvalSeconds: 12,
};
const LIMITS: Parameters<typeof smallSpec>[0] = {
  compute: {
    prepare: { maxRuntimeSeconds },
    train: { instanceType: 'ml.m5.xlarge', maxRuntimeSeconds },
    evaluate: { instanceType: 'ml.m5.xlarge', maxRuntimeSeconds },
  },
  timings,
};
/** The outage is longer than any limit, and than what is retried at once. */
const OUTAGE_MS = 20_000;
const DAYS_MS = 2 * 86_400_000;

let folder: string;
let temporal: OwnTemporal;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attune-outages-'));
  temporal = await startTemporal({ databaseFile: join(folder, 'temporal.db') });
});
afterAll(async () => {
  await temporal.stop();
  rmSync(folder, { recursive: true });
});

/** Each has its beginning, and what ends it. */
const OUTAGES: Record<string, (loop: Loop, meanwhile: () => Promise<void>) => Promise<void>> = {
  'the workers are gone': (loop, meanwhile) => loop.withoutWorkers(meanwhile),
  'Temporal is gone': async (_, meanwhile) => {
    await temporal.kill();
    await meanwhile();
    await temporal.restart();
  },
  'the credentials have expired': (loop, meanwhile) =>
    refused(loop, meanwhile, awsError('ExpiredToken', 'The provided token has expired.')),
  'there are no credentials': (loop, meanwhile) =>
    refused(
      loop,
      meanwhile,
      Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }),
    ),
};

async function refused({ sageMaker }: Loop, meanwhile: () => Promise<void>, error: Error): Promise<void> {
  sageMaker.outage = error;
  await meanwhile();
  sageMaker.outage = undefined;
}

test.each(Object.keys(OUTAGES))(
  'while %s for many times every limit, runs at each stage lose nothing',
  async (outage) => {
    await withLoop(
      new FakeSageMaker(),
      async (loop) => {
        const { sageMaker } = loop;
        const runs = await runsAtEachStage(loop);
        const awaiting = runs.approve!;
        const approved: Promise<unknown>[] = [];

        await OUTAGES[outage]!(loop, async () => {
          approved.push(approvedAtLast(awaiting));
          await sleep(OUTAGE_MS / 2);
          for (const stage of JOB_STAGES) await endedLongAgo(sageMaker, stage, runs[stage]!);
          sageMaker.letEndpointsSettle();
          await sleep(OUTAGE_MS / 2);
        });

        await Promise.all(approved);
        const ended = await Promise.all(Object.entries(runs).map(async ([stage, run]) => [stage, await endOf(run)]));
        expect(Object.fromEntries(ended)).toEqual(
          Object.fromEntries(Object.keys(runs).map((stage) => [stage, undisturbed(stage)])),
        );
        expect(sageMaker.calls.map(({ operation }) => operation).filter(undoes)).toEqual([]);
        expect(sageMaker.endpoints().map(({ status }) => status)).toEqual(['InService', 'InService']);
      },
      { address: temporal.address },
    );
  },
  300_000,
);

type Waiting = Partial<Record<(typeof JOB_STAGES)[number] | 'approve' | 'deploy', Run>>;

/** One run that waits at each stage. */
async function runsAtEachStage({ sageMaker, startRun }: Loop): Promise<Waiting> {
  const runs: Waiting = {};
  for (const stage of JOB_STAGES) {
    sageMaker.withJobsThatNeverEnd(stage === 'tune' ? 'trial' : stage);
    const run = await startRun({ ...LIMITS, deploy: false, ...(stage === 'tune' ? { tune: { trials: 2 } } : {}) });
    runs[stage] = run;
    await untilProgress(run, ({ jobs }) => jobs.some((job) => job.stage === stage && job.arn !== ''));
    sageMaker.letJobsEnd(stage === 'tune' ? 'trial' : stage);
  }
  sageMaker.withEndpointsThatNeverSettle();
  // At once: the time of both has begun when they wait.
  runs.approve = await startRun({ ...LIMITS, deploy: { approval: 'required' } });
  runs.deploy = await startRun(LIMITS);
  await untilProgress(runs.approve, ({ status }) => status === 'waitingForApproval');
  await until(() => sageMaker.endpoints().length > 0);
  return runs;
}

/** The stage's job, and of a search its trials: days old, and over in good time. */
async function endedLongAgo(sageMaker: FakeSageMaker, stage: string, { workflowId }: Run): Promise<void> {
  const job = sageMaker.newestOf(stage, workflowId)!;
  const trials = sageMaker.jobs().filter(({ name }) => name.startsWith(`${job.name}-`));
  for (const { name } of [...trials, job]) await sageMaker.end(name);
  for (const one of [...trials, job]) {
    one.createdAt = new Date(Date.now() - DAYS_MS);
    one.endedAt = new Date(one.createdAt.getTime() + 1_000 * maxRuntimeSeconds);
  }
}

/**
 * A person tries until it counts, each time by a command that connects anew. The test's own connection would not do: by the end of
 * the outage its pauses between two attempts are longer than the time that is left to decide.
 */
async function approvedAtLast({ workflowId }: Run): Promise<void> {
  await until(async () => {
    try {
      const connection = await Connection.connect({ address: temporal.address, connectTimeout: '1s' });
      try {
        const run = new Client({ connection }).workflow.getHandle(workflowId);
        if ((await run.describe()).status.name !== 'RUNNING') return true;
        await run.executeUpdate(approve, { args: [{ by: 'R. Imai' }] });
        return true;
      } finally {
        await connection.close();
      }
    } catch {
      await sleep(200); // between two tries
      return false;
    }
  });
}

const endOf = async (run: Run) => {
  const ended = await run.result().catch((error: Error) => `failed: ${String(error.cause)}`);
  if (typeof ended === 'string') return ended;
  const { status, jobs, stopped, notices } = ended;
  return {
    status,
    stopped,
    jobs: jobs.map((job) => `${job.stage}: ${job.status}`),
    notices: notices.filter((notice) => !isOfTheOutage(notice)),
  };
};

const isOfTheOutage = (notice: string): boolean =>
  notice.includes("renew the worker's AWS credentials") || notice.includes('set AWS credentials');

const undisturbed = (stage: string): Pick<Progress, 'status' | 'stopped' | 'notices'> & { jobs: string[] } => ({
  status: 'done',
  stopped: [],
  jobs: ['prepare', stage === 'tune' ? 'tune' : 'train', 'evaluate'].map((each) => `${each}: Completed`),
  notices: [],
});

const undoes = (operation: string): boolean => /^(Stop|Delete|Update)/.test(operation);
