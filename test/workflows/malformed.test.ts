/**
 * Whoever can reach the server can send anything to any workflow: it changes nothing, and holds nobody up.
 */
import { Client, type WorkflowClientInterceptor, type WorkflowHandle } from '@temporalio/client';
import { RawValue } from '@temporalio/common';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { configuredDataConverter } from '../../src/client/dataConverter.js';
import { progress } from '../../src/run/messages.js';
import { deploymentOf, queueOf } from '../support/endpointWorkflows.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop } from '../support/loop.js';

const deep = (levels: number): unknown => (levels === 0 ? 'end' : { job: deep(levels - 1) });
/** A report that is well formed but for one member. */
const batch = (more: object): unknown[] => {
  const job = { stage: 'questions', kind: 'batch', name: 'forged', arn: '', status: 'Stopped', instanceType: 'm' };
  return [{ job: { ...job, describeCalls: 1, ...more }, firstCallAt: '' }];
};
const CHOSEN: unknown[][] = [
  [],
  [null],
  [undefined],
  ['text'],
  [7],
  [[]],
  [{}],
  [JSON.parse('{"__proto__": {"status": "Completed"}, "constructor": 1}')],
  [{ job: null, firstCallAt: '' }],
  [{ job: { name: 'x', trials: { shown: [null] } }, firstCallAt: 3 }],
  batch({ tokens: { inputTokens: 'many', outputTokens: 1 } }),
  batch({ tokens: 7 }),
  batch({ records: { processed: 1 } }),
  [{ workflowId: 'w', runId: 'not-a-run', round: 'first' }],
  [deep(200)],
  ['x'.repeat(200_000)],
];
const payloads = (count: number): unknown[][] => [
  ...CHOSEN,
  ...fc.sample(fc.array(fc.jsonValue(), { maxLength: 3 }), { numRuns: count, seed: 7 }),
];

async function floods(workflow: WorkflowHandle, signals: string[]): Promise<void> {
  for (const name of signals) for (const args of payloads(10)) await workflow.signal(name, ...args);
}

test('signals of any content change nothing of a run, its job, its deployment and the queue of its endpoint', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train').withEndpointsThatNeverSettle();
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const run = await startRun();
    await untilProgress(run, ({ jobs }) => jobs.some(({ stage, arn }) => stage === 'train' && arn !== ''));
    const before = (await run.query(progress)).jobs;

    await floods(run, ['jobReport', 'waitNotice', 'yourTurn', 'nobodyKnowsThis']);
    const { name } = sageMaker.jobOf('train')!;
    await floods(client.workflow.getHandle(`job/${name}`), ['jobStateChanged']);
    expect((await run.query(progress)).jobs.map((job) => job.name)).toEqual(before.map((job) => job.name));
    await sageMaker.end(name);

    await until(() => sageMaker.pointed.length > 0);
    const endpoint = sageMaker.pointed[0]!;
    await floods(client.workflow.getHandle(queueOf(endpoint)), ['takePlace', 'leavePlace']);
    await floods(client.workflow.getHandle(deploymentOf(endpoint)), ['jobStateChanged']);
    sageMaker.letEndpointsSettle();

    expect(await run.result()).toMatchObject({ status: 'done' });
  });
});

test('a decision of any content but a well formed one is refused, in a sentence', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun }) => {
    const run = await startRun({ deploy: { approval: 'required' } });
    await untilProgress(run, ({ status }) => status === 'waitingForApproval');
    const wrong: unknown[][] = [
      ...payloads(5),
      [{ by: 'x', reason: {} }],
      [{ by: ['x'] }],
      [{ by: 'x'.repeat(201) }],
      [{ by: 'x', reason: 'y'.repeat(2_001) }],
      [{ by: 'x\u001b[2J' }],
      [{ by: 'x\nstatus: approved' }],
    ];

    for (const update of ['approve', 'reject', 'cancelStage']) {
      for (const args of wrong) {
        await expect(run.executeUpdate(update, { args: args as [unknown] })).rejects.toMatchObject({
          cause: { type: 'InvalidRequest', message: expect.stringMatching(/^("|a |null|nothing).*\. Next: /) },
        });
      }
    }
    await run.executeUpdate('approve', { args: [{ by: ' R. Imai ', reason: 'first line\nsecond line ' }] });

    const { status, approval } = await run.result();
    expect(status).toBe('done');
    expect(approval).toMatchObject({ by: 'R. Imai', reason: 'first line\nsecond line' });
  });
});

/** As no converter of the SDK writes them. */
const UNREADABLE: [encoding: string | undefined, data: string][] = [
  ['json/plain', '{"by":'],
  ['binary/encrypted', '\u0000\u0001'],
  ['nobody/knows', '{}'],
  ['', ''],
  [undefined, '{}'],
];
const unreadable = (): unknown[][] =>
  UNREADABLE.map(([encoding, data]) => {
    const metadata = encoding === undefined ? undefined : { encoding: Buffer.from(encoding) };
    return [RawValue.fromPayload({ metadata, data: Buffer.from(data) })];
  });

test('payloads that nobody can read hold up neither a run, nor its job, its deployment and the queue of its endpoint', async () => {
  const sageMaker = new FakeSageMaker().withEndpointsThatNeverSettle();
  // As of a worker that was told of no data converter.
  const dataConverter = await configuredDataConverter({});
  await withLoop(
    sageMaker,
    async ({ startRun, client }) => {
      const run = await startRun();
      await until(() => sageMaker.pointed.length > 0);
      const endpoint = sageMaker.pointed[0]!;
      const deployment = client.workflow.getHandle(deploymentOf(endpoint));
      const queue = client.workflow.getHandle(queueOf(endpoint));

      for (const [payload] of unreadable()) {
        for (const args of [[payload], [{}, payload]]) {
          for (const name of ['jobReport', 'waitNotice', 'yourTurn']) await run.signal(name, ...args);
          await deployment.signal('jobStateChanged', ...args);
          for (const name of ['takePlace', 'leavePlace']) await queue.signal(name, ...args);
          await expect(run.query(progress.name, ...args)).resolves.toMatchObject({ status: 'running' });
        }
        for (const update of ['approve', 'reject', 'cancelStage'])
          await expect(run.executeUpdate(update, { args: [payload] })).rejects.toMatchObject({
            cause: {
              type: 'InvalidRequest',
              message: expect.stringMatching(/^a request that cannot be read .*\. Next: /),
            },
          });
      }
      sageMaker.letEndpointsSettle();

      expect(await run.result()).toMatchObject({ status: 'done' });
    },
    { dataConverter },
  );
});

test('headers that nobody can read hold up no workflow of a worker that traces', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await withLoop(
    sageMaker,
    async ({ startRun, client }) => {
      const run = await startRun({ deploy: false });
      await untilProgress(run, ({ jobs }) => jobs.some(({ stage, arn }) => stage === 'train' && arn !== ''));
      const { name } = sageMaker.jobOf('train')!;

      for (const [payload] of unreadable()) {
        const headers = { '_tracer-data': (payload as RawValue).payload };
        const calls: WorkflowClientInterceptor = {
          signal: (input, next) => next({ ...input, headers }),
          query: (input, next) => next({ ...input, headers }),
          startUpdate: (input, next) => next({ ...input, headers }),
        };
        const stranger = new Client({ connection: client.connection, interceptors: { workflow: [calls] } }).workflow;
        await stranger.getHandle(run.workflowId).signal('jobReport', {});
        await stranger.getHandle(`job/${name}`).signal('jobStateChanged', {});
        await expect(stranger.getHandle(run.workflowId).query(progress)).resolves.toMatchObject({ status: 'running' });
        await expect(
          stranger.getHandle(run.workflowId).executeUpdate('approve', { args: [{ by: '' }] }),
        ).rejects.toMatchObject({ cause: { type: 'InvalidRequest' } });
      }
      await sageMaker.end(name);

      expect(await run.result()).toMatchObject({ status: 'done' });
    },
    { traced: true },
  );
});

test('a run whose own input its worker cannot read waits for another worker, and its task says what is missing', async () => {
  const dataConverter = await configuredDataConverter({});
  await withLoop(
    new FakeSageMaker(),
    async ({ client, taskQueue }) => {
      const encoded = RawValue.fromPayload({
        metadata: { encoding: Buffer.from('binary/encrypted') },
        data: Buffer.from('x'),
      });
      const workflowId = `test-${randomUUID()}`;
      const run = await client.workflow.start('fineTune', { args: [encoded], taskQueue, workflowId });

      const failed = async () => {
        const { history } = await client.workflowService.getWorkflowExecutionHistory({
          namespace: 'default',
          execution: { workflowId },
        });
        return history?.events?.find((event) => event.workflowTaskFailedEventAttributes);
      };
      await until(async () => (await failed()) !== undefined);

      expect((await failed())!.workflowTaskFailedEventAttributes!.failure!.message).toMatch(
        /cannot be read \(Unknown encoding: binary\/encrypted\): set ATTUNE_DATA_CONVERTER/,
      );
      expect((await run.describe()).status.name).toBe('RUNNING');
      await run.terminate();
    },
    { dataConverter },
  );
});
