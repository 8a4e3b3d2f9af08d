/**
 * Bases compared as they are: one evaluation each, nothing trained and nothing deployed.
 */
import { expect, test } from 'vitest';
import { filesOf, folderIn } from '../../src/run/files.js';
import type { FakeJob } from '../support/fakeJob.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { withLoop } from '../support/loop.js';

const SMALL = 'sentence-transformers/all-MiniLM-L6-v2';
const OTHER = 'BAAI/bge-small-en-v1.5';
const OWN = 's3://test-bucket/own-base';
const BASES = { base: SMALL, bases: [SMALL, OTHER, OWN] };

const withOwnBase = (sageMaker = new FakeSageMaker()): FakeSageMaker => {
  sageMaker.s3.put(`${OWN}/config.json`, '{}');
  return sageMaker;
};

const inputsOf = ({ request }: FakeJob): Record<string, string> =>
  Object.fromEntries(
    (request as { ProcessingInputs: { InputName: string; S3Input: { S3Uri: string } }[] }).ProcessingInputs.map(
      ({ InputName, S3Input }) => [InputName, S3Input.S3Uri],
    ),
  );

test('the data is prepared once, each base has a job of its own, and the best stands first', async () => {
  await withLoop(withOwnBase(), async ({ startRun, sageMaker }) => {
    const name = 'compared';
    await sageMaker.serving(name);
    const run = await startRun({ name, ...BASES });

    const result = await run.result();

    expect(result).toMatchObject({ status: 'done', stage: 'done', lineage: { incumbent: { madeBy: 'earlier' } } });
    expect(result.decision).toBeUndefined();
    expect(result.jobs.map(({ stage }) => stage)).toEqual(['prepare', 'evaluate', 'evaluate', 'evaluate']);
    expect(result.bases).toMatchObject({ metric: 'ndcg@10', questions: 200 });
    expect(result.bases!.models.map((model) => model.name)).toEqual([OWN, OTHER, 'in service', SMALL, 'BM25']);
    expect(result.bases!.models[0]).toMatchObject({
      system: 'base',
      size: { dimensions: 384, parameters: 22_700_000 },
    });
    const [first, second, third] = sageMaker.jobs().filter(({ stage }) => stage === 'evaluate');
    expect(Object.keys(inputsOf(first!))).not.toContain('candidate');
    expect(inputsOf(first!)['incumbent']).toBeDefined();
    expect(inputsOf(second!)['incumbent']).toBeUndefined();
    expect(inputsOf(second!)['earlier']).toMatch(/\/evaluation\/bases\/$/);
    expect(inputsOf(third!)['base']).toBe(`${OWN}/`);
    expect(sageMaker.updates).toEqual([]);
  });
});

test('what it may cost is told for each base, and neither a training nor an endpoint', async () => {
  await withLoop(withOwnBase(), async ({ startRun }) => {
    const { cost } = await (await startRun(BASES)).result();

    expect(cost.stages!.map(({ stage, jobs }) => [stage, jobs])).toEqual([
      ['prepare', 1],
      ['evaluate', 3],
    ]);
    expect(cost.hosting).toBeUndefined();
  });
});

test('a base that cannot be evaluated is said and left out', async () => {
  const broken = { status: 'Failed' as const, failureReason: 'AlgorithmError: base model is no embedding model' };
  await withLoop(withOwnBase(new FakeSageMaker().withEndings('evaluate', broken)), async ({ startRun, sageMaker }) => {
    const result = await (await startRun(BASES)).result();

    expect(result.status).toBe('done');
    expect(result.bases!.models.map(({ name }) => name)).toEqual([OWN, OTHER, 'BM25', SMALL]);
    expect(result.bases!.models.at(-1)!.failure).toContain('no embedding model');
    const jobs = sageMaker.jobs().filter(({ stage }) => stage === 'evaluate');
    expect(jobs.map((job) => 'earlier' in inputsOf(job))).toEqual([false, false, true]);
  });
});

test('where none can be evaluated the run fails', async () => {
  const broken = { status: 'Failed' as const, failureReason: 'AlgorithmError: no' };
  await withLoop(new FakeSageMaker().withEndings('evaluate', broken), async ({ startRun }) => {
    const run = await startRun({ base: SMALL, bases: [SMALL] });

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'JobFailed' } });
  });
});

test('a comparison decides nothing that a later run would be a repetition of', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const result = await (await startRun({ base: SMALL, bases: [SMALL] })).result();

    expect(sageMaker.s3.has(filesOf({ folder: folderIn(result)! }).lastDecided)).toBe(false);
  });
});
