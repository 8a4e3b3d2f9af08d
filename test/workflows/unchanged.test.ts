import { expect, test } from 'vitest';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { smallSpec, untilListed, withLoop, type Loop } from '../support/loop.js';

const creates = ({ calls }: FakeSageMaker): number => calls.filter(({ operation }) => /^Create/.test(operation)).length;

/** Runs the spec to its end. */
const runOf =
  ({ startRun }: Loop, spec: FineTuneSpecInput) =>
  async (changes: Partial<FineTuneSpecInput> = {}) =>
    (await startRun({ ...spec, whenUnchanged: 'skip', ...changes })).result();

test('a run that finds the data and settings of the last one ends at once: done, no job, no cost, and it says so', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async (loop) => {
    const run = runOf(loop, smallSpec());
    const first = await run();
    const before = creates(sageMaker);

    const second = await run();

    expect(first).toMatchObject({ status: 'done', endpoint: { status: 'InService' } });
    expect(first.unchanged).toBeUndefined();
    expect(creates(sageMaker) - before).toBe(0);
    expect(second).toMatchObject({
      status: 'done',
      stage: 'done',
      unchanged: { since: first.workflowId },
      jobs: [],
      cost: { accruedUsd: 0 },
      notices: [expect.stringContaining(`nothing is new since ${first.workflowId}`)],
    });
  });
});

test('lists tell which runs found nothing new', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const spec = smallSpec();
    const run = runOf(loop, spec);
    const first = await run();
    const second = await run();

    const runs = await untilListed(loop.client, spec.name, 2);

    expect(Object.fromEntries(runs.map(({ workflowId, unchangedSince }) => [workflowId, unchangedSince]))).toEqual({
      [first.workflowId]: undefined,
      [second.workflowId]: first.workflowId,
    });
  });
});

test('new data, other settings, or a spec that does not say skip mean a run', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async (loop) => {
    const run = runOf(loop, smallSpec({ deploy: false, reuse: false }));
    await run();

    expect((await run({ whenUnchanged: 'run' })).jobs).toHaveLength(3);
    expect((await run({ train: { epochs: 1 } })).jobs).toHaveLength(3);
    await run();
    sageMaker.s3.put('s3://test-bucket/pairs.jsonl', '{"query": "another", "document": "d"}\n');
    expect((await run()).jobs).toHaveLength(3);
  });
});

test('another model in service, or none any more, means a run', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async (loop) => {
    const spec = smallSpec();
    const run = runOf(loop, spec);
    await run();

    await sageMaker.serving(spec.name);
    const afterAnother = await run();
    sageMaker.remove(spec.name);
    const afterNone = await run();

    expect(afterAnother.unchanged).toBeUndefined();
    expect(afterNone.unchanged).toBeUndefined();
    expect(sageMaker.endpoints()).toMatchObject([{ status: 'InService', configName: afterNone.endpoint!.configName }]);
  });
});

test('a rejection is a decision: the same data are not paid for again', async () => {
  const sageMaker = new FakeSageMaker().withEvaluation({ overBase: [-0.01, 0.02, 0.05] });
  await withLoop(sageMaker, async (loop) => {
    const run = runOf(loop, smallSpec());
    const first = await run();

    expect(first.status).toBe('rejected');
    expect(await run()).toMatchObject({ status: 'done', unchanged: { since: first.workflowId } });
  });
});

test('a run that failed decided nothing: the next one tries again', async () => {
  const failed = { status: 'Failed', failureReason: 'AlgorithmError: exit code: 2' } as const;
  const sageMaker = new FakeSageMaker().withEndings('train', failed);
  await withLoop(sageMaker, async (loop) => {
    const run = runOf(loop, smallSpec());
    await expect(run()).rejects.toMatchObject({ cause: { type: 'JobFailed' } });

    expect((await run()).unchanged).toBeUndefined();
  });
});
