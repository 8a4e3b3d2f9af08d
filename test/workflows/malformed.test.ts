/**
 * Whoever can reach the server can send anything to any workflow: it changes nothing, and holds nobody up.
 */
import type { WorkflowHandle } from '@temporalio/client';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { queueWorkflowId } from '../../src/run/ids.js';
import { progress } from '../../src/run/messages.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop } from '../support/loop.js';

const deep = (levels: number): unknown => (levels === 0 ? 'end' : { job: deep(levels - 1) });
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
    await floods(client.workflow.getHandle(queueWorkflowId(endpoint)), ['takePlace', 'leavePlace']);
    await floods(client.workflow.getHandle(`endpoint/${endpoint}`), ['jobStateChanged']);
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
