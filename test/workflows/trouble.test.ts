/**
 * AWS's own troubles, as a run meets them: waited out where that helps, named where it does not.
 */
import { expect, test } from 'vitest';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, withLoop } from '../support/loop.js';

const quota = (limit: number) =>
  awsError(
    'ResourceLimitExceeded',
    `The account-level service limit 'ml.m5.xlarge for training job usage' is ${limit} Instances, with current utilization ` +
      `of ${limit} Instances and a request delta of 1 Instances.`,
  );

test('a job that finds no capacity is started again, under another name', async () => {
  const failureReason = 'CapacityError: Unable to provision requested ML compute capacity.';
  await withLoop(new FakeSageMaker().withEndings('train', { status: 'Failed', failureReason }), async (loop) => {
    const run = await loop.startRun({ deploy: false });

    const { status, notices } = await run.result();

    expect(status).toBe('done');
    expect(notices.join()).toContain('CapacityError');
    expect(loop.sageMaker.jobs().filter(({ stage }) => stage === 'train')).toHaveLength(2);
  });
});

test('a spot job that waited too long counts as one without capacity', async () => {
  const ending = { status: 'Stopped', secondaryStatus: 'MaxWaitTimeExceeded' } as const;
  await withLoop(new FakeSageMaker().withEndings('train', ending), async ({ startRun }) => {
    const run = await startRun({ deploy: false });

    expect(await run.result()).toMatchObject({ status: 'done' });
  });
});

test('a job that runs into its limit ends the run, which says which setting to raise', async () => {
  const ending = { status: 'Stopped', secondaryStatus: 'MaxRuntimeExceeded' } as const;
  await withLoop(new FakeSageMaker().withEndings('train', ending), async ({ sageMaker, startRun }) => {
    const run = await startRun({ deploy: false });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'JobOverran', message: expect.stringContaining('maxRuntimeSeconds') },
    });
    expect(sageMaker.jobs().filter(({ stage }) => stage === 'train')).toHaveLength(1);
  });
});

test('a quota that other jobs fill is waited for', async () => {
  const sageMaker = new FakeSageMaker().withFault('CreateTrainingJob', quota(2), { times: 2 });
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: false });

    expect(await run.result()).toMatchObject({ status: 'done' });
    expect(sageMaker.jobs().filter(({ stage }) => stage === 'train')).toHaveLength(1);
  });
});

test('a quota of none ends the run at once, with what to do', async () => {
  const sageMaker = new FakeSageMaker().withFault('CreateTrainingJob', quota(0));
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: false });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'QuotaExceeded', message: expect.stringContaining('ask for the quota') },
    });
  });
});

test('a status that nobody has heard of yet means that the job runs on', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: false });
    await until(() => sageMaker.jobOf('train') !== undefined);

    sageMaker.jobOf('train')!.status = 'Hibernating';
    await until(() => sageMaker.jobOf('train')!.describes > 3);
    await sageMaker.end(sageMaker.jobOf('train')!.name);

    expect(await run.result()).toMatchObject({ status: 'done' });
  });
});

const refusal = 'User: u is not authorized to perform: sagemaker:DescribeTrainingJob on resource: r';
/** Longer than the tests' patience with a refusal. */
const LATE_MS = 1_500;

test('credentials in trouble for a moment, late in a long job, stop nothing', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: false });
    await until(() => Date.now() - (sageMaker.jobOf('train')?.createdAt.getTime() ?? Date.now()) > LATE_MS);

    sageMaker.withFault('DescribeTrainingJob', awsError('AccessDeniedException', refusal));
    const { describes } = sageMaker.jobOf('train')!;
    await until(() => sageMaker.jobOf('train')!.describes > describes + 3);
    await sageMaker.end(sageMaker.jobOf('train')!.name);

    expect(await run.result()).toMatchObject({ status: 'done' });
  });
});

test('a refusal that stays ends the run, counted over the attempts, and names the missing action', async () => {
  const denied = awsError('AccessDeniedException', refusal);
  const sageMaker = new FakeSageMaker().withFault('DescribeTrainingJob', denied, { times: 1_000 });
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: false });

    await expect(run.result()).rejects.toMatchObject({
      cause: {
        type: 'AccessDenied',
        message: expect.stringContaining('missing action is sagemaker:DescribeTrainingJob'),
      },
    });
    expect(sageMaker.calls.filter(({ operation }) => operation === 'DescribeTrainingJob').length).toBeGreaterThan(1);
  });
});

test.each([
  ['AccessDenied', 'User: u is not authorized to perform: sagemaker:DescribeTrainingJob', 403, 'missing action'],
  ['ExpiredTokenException', 'The security token included in the request is expired', 400, 'renew the AWS credentials'],
])('a job that cannot be looked at any more (%s) is stopped before the run fails', async (name, text, status, mend) => {
  const denied = awsError(name, text, status);
  const started = (): boolean => sageMaker.jobOf('train') !== undefined;
  const sageMaker: FakeSageMaker = new FakeSageMaker()
    .withJobsThatNeverEnd('train')
    .withFault('DescribeTrainingJob', denied, { where: started });
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: false });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'AccessDenied', message: expect.stringContaining(mend) },
    });
    expect(sageMaker.jobOf('train')!.status).toMatch(/^Stop/);
  });
});
