/**
 * Questions in a batch job: the workers as a process against the local Bedrock's own batch operations. The language model alone is a
 * stand-in, because it is what takes time.
 */
import { GetModelInvocationJobCommand } from '@aws-sdk/client-bedrock';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Leftover } from '../../src/client/sweep/leftover.js';
import { sweep, type Sweep, type SweepOptions } from '../../src/client/sweep/sweep.js';
import { knownBy } from '../../src/client/sweep/temporal.js';
import { jobWorkflowId } from '../../src/run/ids.js';
import { progress } from '../../src/run/messages.js';
import type { JobView } from '../../src/run/jobs.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { until, untilProgress, type Run } from '../support/loop.js';
import { ModelServer } from '../support/modelServer.js';
import { readyPassages } from '../support/readyOutputs.js';

const PASSAGES = 120;
const folder = mkdtempSync(join(tmpdir(), 'attune-batch-'));
let instant: InstantStack;
let model: ModelServer;

beforeAll(async () => {
  model = await ModelServer.start();
  instant = await startInstantStack({ jobMs: 100, languageModel: model.program(folder) });
  const { bucket } = instant.stack.describe;
  const passages = join(instant.stateDir, 'outputs', 'questions');
  mkdirSync(passages, { recursive: true });
  for (const [name, content] of Object.entries(readyPassages(2, PASSAGES / 2)))
    writeFileSync(join(passages, name), content);
  await instant.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'pages/page.md', Body: '# Page\n' }));
});
afterAll(async () => {
  await instant?.stop();
  model?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** @param judge  asked twice about each passage */
function ask({ judge = false } = {}): Promise<Run> {
  const questions = {
    model: 'bedrock:amazon.nova-lite-v1:0',
    batch: 'always',
    judge,
    price: { input: 1, output: 2 },
  } as const;
  const documents = `s3://${instant.stack.describe.bucket}/pages/`;
  // So seldom that a run which waits for a poll does not end in the time of its test: it has to hear of each change.
  const timings = { pollSeconds: 120, freshPollSeconds: 120 };
  return instant.startRun({ data: { documents, questions }, deploy: false, timings });
}

const isUnderWay = ({ kind, status }: JobView): boolean => kind === 'batch' && status === 'InProgress';

const statusOf = async (jobIdentifier: string): Promise<string | undefined> =>
  (await instant.bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier }))).status;

function swept(options?: SweepOptions): Promise<Sweep> {
  const { sageMaker, autoScaling, bedrock, s3 } = instant;
  const sweeper = { temporal: knownBy(instant.client), sageMaker, autoScaling, bedrock };
  return sweep(sweeper, options, { s3, bucket: instant.stack.describe.bucket, prefix: 'attune' });
}
const batchesIn = ({ leftovers }: Sweep): Leftover[] => leftovers.filter(({ kind }) => kind === 'batchJob');

test('every passage is asked about once, in jobs of their own that are heard of, and the run ends', async () => {
  const run = await (await ask({ judge: true })).result();

  expect(run.status).toBe('done');
  expect(run.jobs.filter(({ kind }) => kind === 'batch')).toMatchObject([
    { stage: 'questions', status: 'Completed', usd: 0 },
    { stage: 'questions', status: 'Completed', usd: 0 },
  ]);
  expect(Object.values(model.times)).toEqual(Array.from({ length: PASSAGES }, () => 2));
  expect(run.questions).toMatchObject({
    passages: PASSAGES,
    questions: PASSAGES,
    faults: 0,
    inputTokens: 0,
    inBatch: { inputTokens: 2 * 100 * PASSAGES, outputTokens: 2 * 20 * PASSAGES },
  });
});

test('the job of a run goes on untouched until the run was terminated; then a sweep lists it, and stops it', async () => {
  const { release } = model.hold();
  const run = await ask();
  const { jobs } = await untilProgress(run, (now) => now.jobs.some(isUnderWay));
  const { name, arn } = jobs.find(isUnderWay)!;
  await instant.kill('workers'); // or they would stop the job themselves

  expect(batchesIn(await swept({ delete: true }))).toEqual([]);

  await run.terminate();
  expect(batchesIn(await swept({ delete: true })), 'its own workflow goes on, and stops it').toEqual([]);
  await instant.client.workflow.getHandle(jobWorkflowId(name)).terminate();
  const listed = await swept();
  expect(batchesIn(listed)).toMatchObject([
    { name, arn, status: 'InProgress', workflowId: run.workflowId, why: 'its run is over: terminated' },
  ]);
  const scratch = listed.scratch!.find(({ workflowId }) => workflowId === run.workflowId)!;
  expect(scratch.kept).toBe('a job of it has not ended yet');
  expect(batchesIn(await swept({ delete: true }))).toMatchObject([{ name, outcome: 'stopped', ownerKnown: true }]);
  release();
  await until(async () => (await statusOf(arn)) === 'Stopped');
  expect(batchesIn(await swept())).toEqual([]);
  await instant.restart('workers');
});

test('a cancel stops the job, and what it had taken by then is paid for', async () => {
  const before = model.asked.length;
  model.thinksMs = 50;
  const run = await ask();
  await untilProgress(run, (now) => now.jobs.some(isUnderWay));
  await until(() => model.asked.length > before + 10);

  await run.cancel();
  await expect(run.result()).rejects.toThrow();
  model.thinksMs = 0;

  const after = await run.query(progress);
  const answered = model.asked.length - before;
  expect(answered).toBeLessThan(PASSAGES);
  expect(after.jobs.find(({ kind }) => kind === 'batch')).toMatchObject({
    status: 'Stopped',
    tokens: { inputTokens: 100 * answered, outputTokens: 20 * answered },
    usd: expect.closeTo((0.5 * (100 + 2 * 20) * answered) / 1e6, 4) as number,
  });
  expect(after.cost.unknownSoFar).toBeUndefined();
});
