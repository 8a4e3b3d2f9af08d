import { expect, test } from 'vitest';
import { approve, reject } from '../../src/run/messages.js';
import type { Progress } from '../../src/run/progress.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop, type Loop, type Run } from '../support/loop.js';
import { reset, type ResetPoint } from '../support/resetting.js';

const FAILED = { status: 'Failed', failureReason: 'AlgorithmError: no' } as const;
const BOTH: ResetPoint[] = ['FirstWorkflowTask', 'LastWorkflowTask'];

interface State {
  sageMaker?: () => FakeSageMaker;
  spec?: Partial<FineTuneSpecInput>;
  /** Brings the run into the state in which it is reset. */
  until: (run: Run, loop: Loop) => Promise<unknown>;
  /** What a person does when the run has been reset. */
  then?: (run: Run, loop: Loop) => Promise<unknown>;
  status: 'done' | 'rejected';
  /** Stages whose job had failed or was stopped: those alone have a second job. */
  again?: string[];
  /** Its last task is the one in which it failed: with what was known then, it fails again. */
  failsAgainFromItsLast?: true;
}

const ended = (run: Run) => run.result().catch(() => undefined);
const STATES: Record<string, State> = {
  trains: {
    sageMaker: () => new FakeSageMaker().withJobsThatNeverEnd('train'),
    until: (_, { sageMaker }) => until(() => sageMaker.jobOf('train') !== undefined),
    then: (_, { sageMaker }) => sageMaker.end(sageMaker.jobOf('train')!.name),
    status: 'done',
  },
  'has failed in training': {
    sageMaker: () => new FakeSageMaker().withEndings('train', FAILED),
    until: ended,
    status: 'done',
    again: ['train'],
    failsAgainFromItsLast: true,
  },
  'has failed in evaluation': {
    sageMaker: () => new FakeSageMaker().withEndings('evaluate', FAILED),
    until: ended,
    status: 'done',
    again: ['evaluate'],
    failsAgainFromItsLast: true,
  },
  'was terminated in training': {
    sageMaker: () => new FakeSageMaker().withJobsThatNeverEnd('train'),
    until: async (run, { sageMaker }) => {
      await until(() => sageMaker.jobOf('train') !== undefined);
      sageMaker.letJobsEnd('train');
      await run.terminate();
    },
    status: 'done',
    again: ['train'],
    // Its job's workflow was told to stop when it was terminated.
    failsAgainFromItsLast: true,
  },
  'was cancelled in training': {
    sageMaker: () => new FakeSageMaker().withJobsThatNeverEnd('train'),
    until: async (run, { sageMaker }) => {
      await until(() => sageMaker.jobOf('train') !== undefined);
      sageMaker.letJobsEnd('train');
      await run.cancel();
      await ended(run);
    },
    status: 'done',
    again: ['train'],
    failsAgainFromItsLast: true,
  },
  'was rejected by the gate': {
    sageMaker: () => new FakeSageMaker().withEvaluation({ overBase: [-0.01, 0.02, 0.05] }),
    until: ended,
    status: 'rejected',
  },
  'waits for approval': {
    spec: { deploy: { approval: 'required' } },
    until: (run) => untilProgress(run, ({ status }) => status === 'waitingForApproval'),
    then: async (run) => {
      await untilProgress(run, ({ status }) => status === 'waitingForApproval');
      await run.executeUpdate(approve, { args: [{ by: 'R. Imai' }] });
    },
    status: 'done',
  },
  'was rejected by a person': {
    spec: { deploy: { approval: 'required' } },
    until: async (run) => {
      await untilProgress(run, ({ status }) => status === 'waitingForApproval');
      await run.executeUpdate(reject, { args: [{ by: 'R. Imai' }] });
      await ended(run);
    },
    then: async (run) => {
      const now = await untilProgress(run, ({ status }) => status === 'waitingForApproval' || status === 'rejected');
      if (now.status === 'waitingForApproval') await run.executeUpdate(reject, { args: [{ by: 'R. Imai' }] });
    },
    status: 'rejected',
  },
  deploys: {
    sageMaker: () => new FakeSageMaker().withEndpointsThatNeverSettle(),
    until: (_, { sageMaker }) => until(() => sageMaker.endpoints().length > 0),
    then: (_, { sageMaker }) => Promise.resolve(sageMaker.letEndpointsSettle()),
    status: 'done',
  },
  'is done, and its model serves': { until: ended, status: 'done' },
  'is done without a deployment': { spec: { deploy: false }, until: ended, status: 'done' },
};

const table = Object.entries(STATES).flatMap(([state, facts]) => BOTH.map((to) => [state, to, facts] as const));

test.each(table)('a run that %s goes on from its %s, and pays for one job a stage', async (_, to, state) => {
  const { sageMaker = () => new FakeSageMaker(), spec, then, status, again = [] } = state;
  await withLoop(sageMaker(), async (loop) => {
    const first = await loop.startRun(spec);
    await state.until(first, loop);

    const run = await reset(loop.client, first, to);
    await then?.(run, loop);

    if (state.failsAgainFromItsLast && to === 'LastWorkflowTask') {
      await expect(run.result()).rejects.toThrow();
      return expect(loop.sageMaker.jobs().filter(({ stage }) => stage === 'train')).toHaveLength(1);
    }
    expect(await run.result()).toMatchObject({ status });
    const jobs = loop.sageMaker.jobs().map(({ stage }) => stage);
    expect(jobs.sort()).toEqual(['evaluate', 'prepare', 'train', ...again].sort());
    if (status === 'done' && spec?.deploy !== false) {
      expect(loop.sageMaker.endpoints()).toMatchObject([{ status: 'InService' }]);
      expect(loop.sageMaker.configNames()).toHaveLength(1);
    }
  });
});

test('what a run had to say in its first try alone is no reason for a second evaluation', async () => {
  const expired = awsError('ExpiredTokenException', 'The security token included in the request is expired', 400);
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await withLoop(sageMaker, async (loop) => {
    const first = await loop.startRun({ deploy: false });
    await until(() => sageMaker.jobOf('train') !== undefined);
    sageMaker.withFault('DescribeTrainingJob', expired, { times: 4 });
    await untilProgress(first, ({ notices }) => notices.length > 0);
    await sageMaker.end(sageMaker.jobOf('train')!.name);
    expect((await first.result()).notices.join()).toContain('expired');
    const { Environment } = sageMaker.jobOf('evaluate')!.request as { Environment: Record<string, string> };
    expect(Environment['ATTUNE_NOTICE_01']).toContain('expired');

    const again = await reset(loop.client, first, 'FirstWorkflowTask', { reapply: false });

    expect(await again.result()).toMatchObject({ status: 'done', notices: [] });
    expect(sageMaker.jobs().filter(({ stage }) => stage === 'evaluate')).toHaveLength(1);
  });
});

test('an approval that a reset sends again approves nothing before the run asks for one anew', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const first = await loop.startRun({ deploy: { approval: 'required' } });
    await untilProgress(first, ({ status }) => status === 'waitingForApproval');
    await first.executeUpdate(approve, { args: [{ by: 'R. Imai' }] });
    await first.result();

    const again = await reset(loop.client, first, 'FirstWorkflowTask');
    expect(await untilProgress(again, ({ status }) => status !== 'running')).toMatchObject({
      status: 'waitingForApproval',
    });
    await again.executeUpdate(approve, { args: [{ by: 'A. Sato' }] });

    expect(await again.result()).toMatchObject({ status: 'done', approval: { by: 'A. Sato' } });
  });
});

test('a reset run is no repetition of itself: what it has decided it decides again', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const first = await loop.startRun({ deploy: false, whenUnchanged: 'skip' });
    await first.result();

    const after = await (await reset(loop.client, first, 'FirstWorkflowTask')).result();

    expect(after).toMatchObject({ status: 'done', decision: 'passed' });
    expect(after.unchanged).toBeUndefined();
    expect(loop.sageMaker.jobs()).toHaveLength(3);
  });
});

test('a reset run that was trained upon the model in service is not trained upon its own', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const endpoint = `upon-${process.pid}`;
    await loop.sageMaker.serving(endpoint);
    const first = await loop.startRun({ deploy: { endpoint }, train: { startFrom: 'incumbent' } });
    const { lineage } = await first.result();
    expect(lineage!.startedFrom).toBeDefined();

    const after = await (await reset(loop.client, first, 'FirstWorkflowTask')).result();

    expect(after).toMatchObject({ status: 'done', lineage: { startedFrom: lineage!.startedFrom } });
    expect(loop.sageMaker.jobs()).toHaveLength(3);
  });
});

const TYPES = ['ml.m5.xlarge', 'ml.c5.xlarge', 'ml.m4.xlarge'];
const refusedFor = (type: string) =>
  awsError(
    'ResourceLimitExceeded',
    `The account-level service limit '${type} for training job usage' is 0 Instances, with current utilization of 0 Instances ` +
      'and a request delta of 1 Instances.',
  );

test.each([
  ['the first type', { instanceType: TYPES.slice(0, 2) }, ['ml.m5.xlarge']],
  ['another type than the first', { instanceType: TYPES }, ['ml.c5.xlarge']],
  ['two types', { instanceType: TYPES }, ['ml.c5.xlarge', 'ml.m5.xlarge']],
  ['spot', { instanceType: TYPES[0]!, spot: true }, ['ml.m5.xlarge']],
])(
  'a run that was refused the quota of %s, and is reset, trains no second model where there is quota now',
  async (_, train, refused) => {
    const sageMaker = new FakeSageMaker();
    for (const type of refused) sageMaker.withFault('CreateTrainingJob', refusedFor(type));
    await withLoop(sageMaker, async (loop) => {
      const timings = { pollSeconds: 0.03, freshPollSeconds: 0.02, capacitySeconds: 0, quotaSeconds: 0 };
      const first = await loop.startRun({
        deploy: false,
        compute: { train, evaluate: { instanceType: 'ml.m5.xlarge' } },
        timings,
      });
      const wentOn = ({ notices }: Progress) => notices.filter((notice) => notice.includes('no quota; went on')).length;
      expect(wentOn(await first.result())).toBe(refused.length);

      const after = await (await reset(loop.client, first, 'FirstWorkflowTask')).result();

      expect(after.status).toBe('done');
      expect(wentOn(after)).toBe(refused.length);
      expect(sageMaker.jobs().map(({ stage }) => stage)).toEqual(['prepare', 'train', 'evaluate']);
    });
  },
);
