/**
 * AWS's own troubles, as a run meets them: waited out where that helps, named where it does not.
 */
import type { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop } from '../support/loop.js';

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

const lookRefused = (name: string, text: string, status = 400) => awsError(name, text, status);
const socket = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const noCredentials = Object.assign(new Error('Could not load credentials from any providers'), {
  name: 'CredentialsProviderError',
});
const TIMES = 4;
/** Planning looks too, for a job of an earlier try. */
const afterItsStart = (sageMaker: FakeSageMaker) => (): boolean => sageMaker.jobOf('train') !== undefined;
const RENEW = "renew the worker's AWS credentials";
const GRANT = "grant the action to the worker's role";

test.each([
  ['expired', lookRefused('ExpiredTokenException', 'The security token included in the request is expired'), RENEW],
  ['missing', noCredentials, RENEW],
  ['denied', lookRefused('AccessDenied', refusal, 403), GRANT],
  ['not authorized', lookRefused('AccessDeniedException', refusal), GRANT],
  ['unknown to AWS', lookRefused('ValidationException', 'a rule that nobody knows'), undefined],
  ['a failure of AWS', lookRefused('InternalFailure', 'again', 500), undefined],
  ['a broken connection', socket, undefined],
])('a look at a job that is refused (%s) stops and fails nothing', async (_, error, told) => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  sageMaker.withFault('DescribeTrainingJob', error, { times: TIMES, where: afterItsStart(sageMaker) });
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: false });
    await until(() => (sageMaker.jobOf('train')?.describes ?? 0) > 2);
    await sageMaker.end(sageMaker.jobOf('train')!.name);

    const { status, notices } = await run.result();

    expect(status).toBe('done');
    expect(sageMaker.calls.some(({ operation }) => operation === 'StopTrainingJob')).toBe(false);
    const heard = notices.filter((notice) => notice.includes('looking at training job'));
    expect(heard).toEqual(told === undefined ? [] : [expect.stringContaining(told)]);
  });
});

test('the pending look says what is refused and what to do about it', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  sageMaker.withFault('DescribeTrainingJob', noCredentials, { times: 2 * TIMES, where: afterItsStart(sageMaker) });
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const run = await startRun({ deploy: false });
    await until(() => sageMaker.jobOf('train') !== undefined);
    const { name } = sageMaker.jobOf('train')!;

    await until(async () => (await pendingOf(client, `job/${name}`)).includes(RENEW));
    expect(await pendingOf(client, `job/${name}`)).toContain('Could not load credentials');

    await sageMaker.end(name);
    expect(await run.result()).toMatchObject({ status: 'done' });
  });
});

async function pendingOf(client: Client, workflowId: string): Promise<string> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return (raw.pendingActivities ?? []).map(({ lastFailure }) => lastFailure?.message ?? '').join();
}

test('credentials that are gone at a deployment undo nothing that serves', async () => {
  const gone = lookRefused('ExpiredTokenException', 'The security token included in the request is expired');
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ timings: { pollSeconds: 0.03, freshPollSeconds: 0.02, endpointSeconds: 0.2 } });
    await until(() => sageMaker.pointed.length > 0);
    sageMaker.withFault('DescribeEndpoint', gone, { times: TIMES });

    const { status, notices } = await run.result();

    expect(status).toBe('done');
    expect(sageMaker.endpoints()).toMatchObject([{ status: 'InService' }]);
    expect(notices.join()).toContain(RENEW);
  });
});

test('without credentials a cancel waits for them, and then leaves nothing running', async () => {
  const gone = lookRefused('ExpiredTokenException', 'The security token included in the request is expired');
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train').withFault('StopTrainingJob', gone);
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: false });
    await until(() => sageMaker.jobOf('train') !== undefined);

    await run.cancel();

    await expect(run.result()).rejects.toThrow();
    expect(sageMaker.jobOf('train')!.status).toBe('Stopped');
  });
});

test('a job that has been deleted is told, and what follows is up to a person', async () => {
  const missing = lookRefused('ValidationException', 'Could not find the requested resource');
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: false });
    await untilProgress(run, ({ jobs }) => jobs.some(({ stage, arn }) => stage === 'train' && arn !== ''));
    sageMaker.withFault('DescribeTrainingJob', missing, { times: TIMES });

    const { notices } = await untilProgress(run, (now) => now.notices.length > 0);
    expect(notices.join()).toMatch(/does not know training job .* deleted, or .* another account/);

    await sageMaker.end(sageMaker.jobOf('train')!.name);
    expect(await run.result()).toMatchObject({ status: 'done' });
  });
});

test('a job that goes on after all its limits, by its own times, is stopped', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: false });
    await until(() => sageMaker.jobOf('train') !== undefined);
    sageMaker.jobOf('train')!.createdAt = new Date(0);

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'JobOverran', message: expect.stringContaining('was still Training after all its limits') },
    });
    expect(sageMaker.jobOf('train')!.status).toBe('Stopped');
  });
});
