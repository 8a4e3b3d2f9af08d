import { ResourceNotFoundException, type CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { awsClients } from '../../src/client/aws.js';
import { connect } from '../../src/client/index.js';
import { compare } from '../../src/client/runs/compare.js';
import { toldByTemporal } from '../../src/client/runs/told.js';
import { approveRun, cancelRun, rejectRun } from '../../src/client/runs/decide.js';
import { list } from '../../src/client/runs/list.js';
import { progressOf } from '../../src/client/runs/progress.js';
import { submit, workflowIdOf, type Submitted } from '../../src/client/runs/submit.js';
import { watch, type WatchEvent } from '../../src/client/runs/watch.js';
import { parseSpec } from '../../src/spec/parse.js';
import type { FineTuneSpec, FineTuneSpecInput } from '../../src/spec/schema.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { recordsOf, smallSpec, until, withLoop } from '../support/loop.js';

const page = (workflowId: string, runId: string): string => `${workflowId} ${runId}`;

/** The client as it is, except that what it starts goes to the test's own task queue. */
const onQueue = (client: Client, taskQueue: string): Client =>
  new Client({
    connection: client.connection,
    interceptors: {
      workflow: [{ start: (input, next) => next({ ...input, options: { ...input.options, taskQueue } }) }],
    },
  });

const submitTo = (client: Client, taskQueue: string, spec: FineTuneSpecInput): Promise<Submitted> =>
  submit({ client: onQueue(client, taskQueue), aws: awsClients({}), settings: { prefix: 'attune' }, page }, spec);

/** An account whose jobs have not logged yet. */
const noLogs = (): CloudWatchLogsClient =>
  ({
    send: () => Promise.reject(new ResourceNotFoundException({ message: 'no group', $metadata: {} })),
  }) as unknown as CloudWatchLogsClient;

test('submitting the same twice finds the run that goes on, and list shows it once', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('prepare');
  await withLoop(sageMaker, async ({ client, taskQueue }) => {
    const spec = smallSpec();

    const first = await submitTo(client, taskQueue, spec);
    const second = await submitTo(client, taskQueue, spec);
    await until(async () => (await list(client, page, { name: spec.name })).length > 0);

    expect(second).toEqual(first);
    expect(first.workflowId).toMatch(new RegExp(`^finetune/${spec.name}/\\d{8}-[0-9a-f]{6}$`));
    expect(await list(client, page, { name: spec.name, running: true })).toMatchObject([
      { workflowId: first.workflowId, status: 'running', base: 'sentence-transformers/all-MiniLM-L6-v2' },
    ]);
    await cancelRun(client, first.workflowId);
  });
});

test('what was submitted before midnight is found after it', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('prepare');
  await withLoop(sageMaker, async ({ client, taskQueue, start }) => {
    const spec = smallSpec();
    const parsed = parseSpec(spec);
    const yesterday = workflowIdOf((parsed as { spec: FineTuneSpec }).spec, new Date(Date.now() - 86_400_000));
    await start('fineTune', [spec], { workflowId: yesterday });
    await until(async () => (await list(client, page, { name: spec.name })).length > 0);

    expect(await submitTo(client, taskQueue, spec)).toMatchObject({ workflowId: yesterday });

    await cancelRun(client, yesterday);
  });
});

test('cancelling stops the job, waits for that, and says what it stopped', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('prepare');
  await withLoop(sageMaker, async ({ client, taskQueue }) => {
    const spec = smallSpec();
    await submitTo(client, taskQueue, spec);
    await until(() => sageMaker.jobs().length === 1);

    const { cancelled, progress } = await cancelRun(client, spec.name, 'wrong data');

    expect(cancelled).toBe(true);
    expect(progress).toMatchObject({ status: 'cancelled', stopped: [expect.stringContaining('Stopped') as string] });
    expect(sageMaker.jobs()).toMatchObject([{ status: 'Stopped' }]);
    expect(await cancelRun(client, spec.name)).toMatchObject({ cancelled: false, progress: { status: 'cancelled' } });
  });
});

test('watching tells each stage once, in order, up to the end', async () => {
  await withLoop(new FakeSageMaker(), async ({ client, taskQueue, sageMaker }) => {
    const { workflowId } = await submitTo(client, taskQueue, smallSpec({ deploy: false }));

    const events: WatchEvent[] = [];
    for await (const event of watch(client, noLogs, recordsOf({ sageMaker }), workflowId, { intervalMs: 20 }))
      events.push(event);

    const started = events.flatMap((event) =>
      event.type === 'stage' && event.state === 'started' ? [event.stage] : [],
    );
    const ended = events.flatMap((event) => (event.type === 'stage' && event.state === 'ended' ? [event.stage] : []));
    expect(started).toEqual(['preflight', 'prepare', 'train', 'evaluate', 'gate', 'package']);
    expect(ended).toEqual(started);
    expect(events.at(-1)).toMatchObject({ type: 'end', status: 'done', progress: { workflowId, decision: 'passed' } });
  });
});

test('a finished run tells its story when no worker is left', async () => {
  let id = '';
  await withLoop(new FakeSageMaker(), async ({ client, taskQueue }) => {
    id = (await submitTo(client, taskQueue, smallSpec({ deploy: false }))).workflowId;
    await client.workflow.getHandle(id).result();
  });

  const environment = await TestWorkflowEnvironment.createFromExistingServer({ address: inject('temporalAddress') });
  try {
    expect(await progressOf(environment.client, id)).toMatchObject({ workflowId: id, status: 'done', stage: 'done' });
  } finally {
    await environment.teardown();
  }
});

test('a run that nobody works on says so, and how to mend it', async () => {
  const environment = await TestWorkflowEnvironment.createFromExistingServer({ address: inject('temporalAddress') });
  try {
    const { client } = environment;
    const { workflowId } = await submitTo(client, 'nobody-polls-this', smallSpec());

    await expect(progressOf(client, workflowId)).rejects.toMatchObject({
      type: 'NoWorker',
      message: expect.stringContaining('no worker polls task queue nobody-polls-this') as string,
      mend: expect.stringContaining('attune worker') as string,
    });
    await client.workflow.getHandle(workflowId).terminate();
  } finally {
    await environment.teardown();
  }
});

test('a refused spec is a failed run with every fault, also for whoever asks later', async () => {
  await withLoop(new FakeSageMaker(), async ({ client, start }) => {
    const run = await start('fineTune', [{ apiVersion: 'attune/v1', name: 'bad', data: {}, trian: 1 }]);
    await expect(run.result()).rejects.toThrow();

    expect(await progressOf(client, run.workflowId)).toMatchObject({
      status: 'failed',
      failure: { type: 'SpecRefused', message: expect.stringMatching(/data[\s\S]*trian|trian[\s\S]*data/) as string },
    });
  });
});

test('a refused spec with thousands to notify ends at once, and tells the first twenty', async () => {
  await withLoop(new FakeSageMaker(), async ({ client, taskQueue }) => {
    const notify = Array.from({ length: 3_000 }, (_, i) => ({ workflowId: `nobody-${i}` }));
    const run = await client.workflow.start('fineTune', {
      taskQueue,
      workflowId: `notifies-${process.pid}`,
      args: [smallSpec({ notify })],
    });

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'SpecRefused' } });
    const { events = [] } = await run.fetchHistory();
    const told = events?.filter((event) => event.signalExternalWorkflowExecutionInitiatedEventAttributes);
    expect(told).toHaveLength(20);
  });
}, 60_000);

test('an approval counts once, and one for an unknown run is refused in words', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ client, taskQueue }) => {
    const spec = smallSpec({ deploy: { approval: 'required' } });
    const { workflowId } = await submitTo(client, taskQueue, spec);
    await until(async () => (await progressOf(client, workflowId)).status === 'waitingForApproval');

    await approveRun(client, workflowId, { by: 'R. Imai' });
    await expect(rejectRun(client, workflowId, { by: 'A. Other' })).rejects.toMatchObject({ type: 'InvalidRequest' });
    await expect(approveRun(client, 'no-such-run', { by: 'R. Imai' })).rejects.toMatchObject({ type: 'RunNotFound' });

    await client.workflow.getHandle(workflowId).result();
    expect((await progressOf(client, workflowId)).reasons).toContainEqual(expect.stringContaining('R. Imai'));
  });
});

test('two runs are compared by what they reached and how they were asked', async () => {
  await withLoop(new FakeSageMaker(), async ({ client, taskQueue, sageMaker }) => {
    const [one, two] = [smallSpec({ deploy: false }), smallSpec({ deploy: false, train: { epochs: 5 } })];
    for (const spec of [one, two]) {
      const { workflowId } = await submitTo(client, taskQueue, spec);
      await client.workflow.getHandle(workflowId).result();
    }

    const { a, b, metrics, spec } = await compare(
      toldByTemporal(client, () => '', recordsOf({ sageMaker })),
      one.name,
      two.name,
    );

    expect([a.status, b.status]).toEqual(['done', 'done']);
    expect(metrics).toContainEqual(expect.objectContaining({ system: 'candidate', metric: 'ndcg@10', difference: 0 }));
    expect(spec).toEqual([
      { field: 'name', a: one.name, b: two.name },
      { field: 'train.epochs', a: 2, b: 5 },
    ]);
  });
});

test('a connected client checks specs and looks at what a run needs, as the commands do', async () => {
  vi.stubEnv('TEMPORAL_ADDRESS', inject('temporalAddress'));
  onTestFinished(() => void vi.unstubAllEnvs());
  const attune = await connect({ AWS_REGION: 'us-east-1' });
  onTestFinished(() => attune.close());

  const checked = await attune.check(smallSpec({ budget: { maxUsd: 0.001 } }));
  const findings = await attune.doctor();

  expect(checked).toMatchObject({ ok: false, problems: [{ field: 'budget.maxUsd' }], region: 'us-east-1' });
  expect(findings).toContainEqual(expect.objectContaining({ check: 'Temporal server', ok: true }));
  expect(findings).toContainEqual(expect.objectContaining({ check: 'role', ok: false }));
  // The tests' server remembers runs for a day, as a server does that was not told otherwise.
  const mend: unknown = expect.stringContaining('--retention 365d');
  expect(findings).toContainEqual(expect.objectContaining({ check: 'retention', ok: true, mend }));
});
