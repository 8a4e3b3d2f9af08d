/**
 * A run that begins with a model that was trained elsewhere.
 */
import { expect, test } from 'vitest';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { untilProgress, withLoop } from '../support/loop.js';
import { MODEL_FILES, modelArchive } from '../support/modelArchive.js';

const MODEL = 's3://elsewhere/trained/model.tar.gz';

const inputsOf = (request: object): Record<string, string> =>
  Object.fromEntries(
    (request as { ProcessingInputs: { InputName: string; S3Input: { S3Uri: string } }[] }).ProcessingInputs.map(
      ({ InputName, S3Input }) => [InputName, S3Input.S3Uri],
    ),
  );

test('it is evaluated, gated, packaged and deployed without a training job, and its origin is told', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    sageMaker.s3.put(MODEL, await modelArchive());
    const run = await startRun({ model: MODEL });

    const result = await run.result();

    expect(result).toMatchObject({ status: 'done', decision: 'passed', endpoint: { status: 'InService' } });
    expect(result.jobs.map(({ stage }) => stage)).toEqual(['prepare', 'evaluate']);
    expect(result.cost.stages!.map(({ stage }) => stage)).toEqual(['prepare', 'evaluate']);
    expect(result.timeline.map(({ stage }) => stage)).not.toContain('train');
    expect(result.lineage).toMatchObject({ modelArtifact: MODEL, metrics: { against: 'base' } });
    expect(result.lineage!.trainingJob).toBeUndefined();
    expect(result.notices.join()).toContain(`it began with ${MODEL}`);
    // The copy that was checked is evaluated and served, not whatever lies there by then.
    expect(inputsOf(sageMaker.jobOf('evaluate')!.request)['candidate']).toBe(result.artifacts['package']);
    expect(result.artifacts['package']).toMatch(/\/package\/[0-9a-f]{16}\/model\.tar\.gz$/);
  });
});

test('an archive of another layout is refused in words before anything is paid', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const { 'attune.json': _, 'model.safetensors': __, ...others } = MODEL_FILES;
    sageMaker.s3.put(MODEL, await modelArchive({ ...others, 'pytorch_model.bin': 'weights' }));
    const run = await startRun({ model: MODEL });

    const failure = await run.result().catch((error: { cause: unknown }) => error.cause);

    expect(failure).toMatchObject({ type: 'PackageRefused' });
    for (const word of [MODEL, 'attune.json is missing', 'safetensors', 'pytorch_model.bin is a pickle'])
      expect((failure as Error).message).toContain(word);
    expect(sageMaker.jobs()).toEqual([]);
  });
});

test('an archive that is not there is refused like any other source', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const run = await startRun({ model: MODEL });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'SpecRefused', message: expect.stringContaining(MODEL) },
    });
    expect(sageMaker.jobs()).toEqual([]);
  });
});

test('prepared data and the evaluation of the same archive are taken over, of another one not', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    sageMaker.s3.put(MODEL, await modelArchive());
    const stages = async () =>
      (await (await startRun({ model: MODEL, deploy: false, reuse: true })).result()).jobs.map(({ stage }) => stage);

    expect(await stages()).toEqual(['prepare', 'evaluate']);
    expect(await stages()).toEqual([]);
    sageMaker.s3.put(MODEL, await modelArchive({ ...MODEL_FILES, 'model.safetensors': 'others' }));
    expect(await stages()).toEqual(['evaluate']);
  });
});

test('the model in service is not compared with itself', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun }) => {
    const first = await (await startRun({ name: 'promoted' })).result();

    const run = await startRun({
      name: 'promoted',
      model: first.artifacts['package'],
      deploy: { instanceType: 'ml.c6i.2xlarge' },
    });

    const second = await run.result();
    expect(second).toMatchObject({ status: 'done', decision: 'passed', endpoint: { status: 'InService' } });
    expect(second.metrics['incumbent']).toBeUndefined();
  });
});

test('a cancel while it is checked leaves no job', async () => {
  await withLoop(new FakeSageMaker().withJobsThatNeverEnd('prepare'), async ({ startRun, sageMaker }) => {
    sageMaker.s3.put(MODEL, await modelArchive());
    const run = await startRun({ model: MODEL });
    await untilProgress(run, ({ artifacts }) => artifacts['model'] !== undefined);

    await run.cancel();

    await expect(run.result()).rejects.toThrow();
    expect(sageMaker.jobs().every(({ status }) => status === 'Stopped')).toBe(true);
  });
});
