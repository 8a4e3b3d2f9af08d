import { expect, test } from 'vitest';
import { retryRun } from '../../src/client/runs/retry.js';
import { reject } from '../../src/run/messages.js';
import { READ_TO_VERIFY } from '../support/fakeS3.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop, type Loop, type Run } from '../support/loop.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import type { fineTune } from '../../src/workflows/index.js';
import { awsError } from '../support/awsError.js';
import { reset } from '../support/resetting.js';

const FAILED = { status: 'Failed', failureReason: 'AlgorithmError: no' } as const;

const retried = async ({ client }: Loop, { workflowId }: Run, from?: string) => {
  const goesOn = await retryRun(client, (id) => id, workflowId, { from });
  return { ...goesOn, run: client.workflow.getHandle<typeof fineTune>(workflowId, goesOn.runId) };
};
const stagesOf = ({ sageMaker }: Loop) => sageMaker.jobs().map(({ stage }) => stage);

interface Case {
  sageMaker: () => FakeSageMaker;
  spec?: Partial<FineTuneSpecInput>;
  before?: (loop: Loop) => Promise<unknown>;
  during?: (run: Run, loop: Loop) => Promise<unknown>;
  /** What a person mends. */
  mend?: (loop: Loop) => unknown;
  from: string;
  jobs: string[];
}

const CASES: Record<string, Case> = {
  'training failed': {
    sageMaker: () => new FakeSageMaker().withEndings('train', FAILED),
    from: 'train',
    jobs: ['prepare', 'train', 'train', 'evaluate'],
  },
  'its evaluation failed': {
    sageMaker: () => new FakeSageMaker().withEndings('evaluate', FAILED),
    from: 'evaluate',
    jobs: ['prepare', 'train', 'evaluate', 'evaluate'],
  },
  'it was cancelled in training': {
    sageMaker: () => new FakeSageMaker().withJobsThatNeverEnd('train'),
    during: async (run, { sageMaker }) => {
      await until(() => sageMaker.jobOf('train') !== undefined);
      sageMaker.letJobsEnd('train');
      await run.cancel();
    },
    from: 'train',
    jobs: ['prepare', 'train', 'train', 'evaluate'],
  },
  'a person terminated it': {
    sageMaker: () => new FakeSageMaker().withJobsThatNeverEnd('train'),
    during: async (run, { sageMaker }) => {
      await until(() => sageMaker.jobOf('train') !== undefined);
      sageMaker.letJobsEnd('train');
      await run.terminate();
    },
    from: 'train',
    jobs: ['prepare', 'train', 'train', 'evaluate'],
  },
  'the quota refused its training': {
    sageMaker: () =>
      new FakeSageMaker().withFault(
        'CreateTrainingJob',
        awsError(
          'ResourceLimitExceeded',
          "The account-level service limit 'ml.m5.xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.",
        ),
      ),
    from: 'train',
    jobs: ['prepare', 'train', 'evaluate'],
  },
  'its endpoint did not come up': {
    sageMaker: () => new FakeSageMaker().withEndpointFailures('the container did not start'),
    from: 'deploy',
    jobs: ['prepare', 'train', 'evaluate'],
  },
  'nobody decided in time': {
    sageMaker: () => new FakeSageMaker(),
    spec: {
      deploy: { approval: 'required' },
      timings: { pollSeconds: 0.03, freshPollSeconds: 0.02, approvalSeconds: 2 },
    },
    from: 'approve',
    jobs: ['prepare', 'train', 'evaluate'],
  },
};

test.each(Object.entries(CASES))('when %s, a retry goes on from there and pays nothing twice', async (_, one) => {
  await withLoop(one.sageMaker(), async (loop) => {
    await one.before?.(loop);
    const failed = await loop.startRun(one.spec);
    await one.during?.(failed, loop);
    await expect(failed.result()).rejects.toThrow();
    one.mend?.(loop);

    const { run, from } = await retried(loop, failed);
    if (one.from === 'approve') {
      await untilProgress(run as Run, ({ status }) => status === 'waitingForApproval');
      await (run as Run).executeUpdate('approve', { args: [{ by: 'R. Imai' }] });
    }

    expect(from).toBe(one.from);
    expect(await run.result()).toMatchObject({ status: 'done', endpoint: { status: 'InService' } });
    expect(stagesOf(loop).sort()).toEqual([...one.jobs].sort());
    expect(loop.sageMaker.endpoints()).toMatchObject([{ status: 'InService' }]);
  });
});

test('a retry from an earlier stage takes over what has completed since', async () => {
  await withLoop(new FakeSageMaker().withEndings('evaluate', FAILED), async (loop) => {
    const failed = await loop.startRun({ deploy: false });
    await expect(failed.result()).rejects.toThrow();

    const { run, from } = await retried(loop, failed, 'prepare');

    expect(from).toBe('prepare');
    expect(await run.result()).toMatchObject({ status: 'done' });
    expect(stagesOf(loop).sort()).toEqual(['evaluate', 'evaluate', 'prepare', 'train']);
  });
});

test('what a job cost that failed before a retry counts, and it stays on record', async () => {
  await withLoop(new FakeSageMaker().withEndings('train', FAILED), async (loop) => {
    const failed = await loop.startRun({ deploy: false });
    await expect(failed.result()).rejects.toThrow();

    const done = await (await retried(loop, failed)).run.result();

    expect(done.jobs.filter(({ stage }) => stage === 'train').map(({ status }) => status)).toEqual([
      'Failed',
      'Completed',
    ]);
    expect(done.notices).toEqual([expect.stringContaining('AlgorithmError: no; trying again')]);
  });
});

test('what cannot go on is refused in words', async () => {
  await withLoop(new FakeSageMaker().withJobsThatNeverEnd('train'), async (loop) => {
    const running = await loop.startRun({ deploy: false });
    await until(() => loop.sageMaker.jobOf('train') !== undefined);
    await expect(retried(loop, running)).rejects.toThrow(/still runs, at train/);
    await running.cancel();
    await expect(running.result()).rejects.toThrow();
    await expect(retried(loop, running, 'trian')).rejects.toThrow('there is no stage trian');
    await expect(retried(loop, running, 'deploy')).rejects.toThrow(/never came to stage deploy/);

    loop.sageMaker.letJobsEnd('train');
    const done = await loop.startRun({ deploy: false });
    await done.result();
    await expect(retried(loop, done)).rejects.toThrow(/is done/);
    const refused = await loop.startRun({ train: { epochs: 0 } });
    await expect(refused.result()).rejects.toThrow();
    await expect(retried(loop, refused)).rejects.toThrow(/its spec was refused/);
  });
});

test.each([
  ['the gate', /judged and rejected: the same model would be judged in the same way/],
  ['a person', /rejected by R\. Imai, on record: a retry asks nobody again/],
])('a run that %s rejected is not retried, from whichever stage', async (by, words) => {
  const sageMaker = new FakeSageMaker();
  if (by === 'the gate') sageMaker.withEvaluation({ overBase: [-0.01, 0.02, 0.05] });
  await withLoop(sageMaker, async (loop) => {
    const run = await loop.startRun({ deploy: { approval: 'required' } });
    if (by === 'a person') {
      await untilProgress(run, ({ status }) => status === 'waitingForApproval');
      await run.executeUpdate(reject, { args: [{ by: 'R. Imai' }] });
    }
    expect((await run.result()).status).toBe('rejected');

    for (const from of [undefined, 'train', 'evaluate'])
      await expect(retried(loop, run, from)).rejects.toMatchObject({
        type: 'InvalidRequest',
        message: expect.stringMatching(words) as string,
      });

    expect((await loop.client.workflow.getHandle(run.workflowId).describe()).runId).toBe(run.firstExecutionRunId);
    expect(stagesOf(loop)).toEqual(['prepare', 'train', 'evaluate']);
  });
});

test('a run whose model serves is compared with what it was compared with, and a cancel leaves its model in service', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const endpoint = `own-${process.pid}`;
    await loop.sageMaker.serving(endpoint);
    const first = await loop.startRun({ deploy: { endpoint } });
    const before = await first.result();
    const again = await reset(loop.client, first, 'FirstWorkflowTask');
    const after = await again.result();

    expect(after).toMatchObject({ status: 'done', lineage: { incumbent: before.lineage!.incumbent } });
    expect(stagesOf(loop)).toHaveLength(3);

    const { reached, release } = loop.sageMaker.s3.hold(/probes\.json$/, READ_TO_VERIFY);
    const cancelled = await reset(loop.client, first, 'FirstWorkflowTask');
    await reached;
    await cancelled.cancel();
    await expect(cancelled.result()).rejects.toThrow();
    release();
    expect(loop.sageMaker.endpoints()).toMatchObject([
      { status: 'InService', configName: before.endpoint!.configName },
    ]);
    expect(loop.sageMaker.configNames()).toContain(before.endpoint!.configName);
  });
});
