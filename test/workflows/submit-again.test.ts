/**
 * The same spec submitted once more: what has been decided today is found, and no run hides another one.
 */
import { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { list } from '../../src/client/runs/list.js';
import { recordedRun } from '../../src/client/runs/recorded.js';
import { toldByTemporal } from '../../src/client/runs/told.js';
import { submit, type SubmitOptions, type Submitted } from '../../src/client/runs/submit.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { recordsOf, smallSpec, until, withLoop, type Loop } from '../support/loop.js';

const page = (workflowId: string): string => workflowId;

/** Submits to the test's own task queue. */
const submitting =
  ({ client, taskQueue, sageMaker }: Loop, spec: FineTuneSpecInput) =>
  (options: SubmitOptions = {}): Promise<Submitted> => {
    const onQueue = new Client({
      connection: client.connection,
      interceptors: {
        workflow: [{ start: (input, next) => next({ ...input, options: { ...input.options, taskQueue } }) }],
      },
    });
    const aws = { s3: () => sageMaker.s3 } as never;
    return submit({ client: onQueue, aws, settings: { prefix: 'attune' }, page }, spec, options);
  };

const ended = ({ client }: Loop, { workflowId, runId }: Submitted) =>
  client.workflow
    .getHandle(workflowId, runId)
    .result()
    .catch(() => undefined);

test('what was decided today is found again and nothing is started; `again` starts a try of its own', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const again = submitting(loop, smallSpec({ deploy: false }));
    const first = await again();
    await ended(loop, first);

    const second = await again();
    const third = await again({ again: true });
    const fourth = await again(); // the third still runs, or has been decided
    await ended(loop, third);

    expect(first.earlier).toBeUndefined();
    expect(second).toMatchObject({ workflowId: first.workflowId, runId: first.runId, earlier: { status: 'done' } });
    expect(third.workflowId).toBe(`${first.workflowId}-2`);
    expect(third.earlier).toBeUndefined();
    expect(fourth).toMatchObject({ workflowId: third.workflowId, runId: third.runId });
  });
});

test('a run that was rejected is found as that; one that failed is tried again under an id of its own', async () => {
  const failed = { status: 'Failed', failureReason: 'AlgorithmError: exit code: 2' } as const;
  const sageMaker = new FakeSageMaker()
    .withEvaluation({ overBase: [-0.01, 0.02, 0.05] })
    .withEndings('prepare', failed);
  await withLoop(sageMaker, async (loop) => {
    const again = submitting(loop, smallSpec());
    const first = await again();
    await ended(loop, first);
    const second = await again();
    await ended(loop, second);

    const third = await again();

    expect(second.workflowId).toBe(`${first.workflowId}-2`);
    expect(third).toMatchObject({ workflowId: second.workflowId, earlier: { status: 'rejected' } });
  });
});

test('data that have changed in S3 since are no repetition, whatever the spec says', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const again = submitting(loop, smallSpec({ deploy: false }));
    const first = await again();
    await ended(loop, first);
    loop.sageMaker.s3.put('s3://test-bucket/pairs.jsonl', '{"query": "another", "document": "d"}\n');

    const second = await again();
    await ended(loop, second);

    expect(second).toMatchObject({ workflowId: `${first.workflowId}-2` });
    expect(second.earlier).toBeUndefined();
  });
});

test('a run id stands for its run, also where another one has taken its workflow id since, and when it is forgotten', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { client, start } = loop;
    const spec = smallSpec({ deploy: false });
    const workflowId = `finetune/${spec.name}/own-id`;
    const first = await start('fineTune', [spec], { workflowId });
    await first.result();
    const second = await start('fineTune', [{ ...spec, train: { epochs: 3 } }], { workflowId });
    await second.result();
    await until(async () => (await list(client, page, { name: spec.name })).length === 2);

    const told = toldByTemporal(client, page, recordsOf(loop));
    const progress = await told.progress(first.firstExecutionRunId);

    expect(progress.jobs).toHaveLength(3);
    expect((await told.spec(progress, first.firstExecutionRunId)) as object).toMatchObject({ train: { epochs: 2 } });
    expect(await recordedRun(recordsOf(loop), first.firstExecutionRunId)).toMatchObject({
      artifacts: progress.artifacts,
    });
  });
});
