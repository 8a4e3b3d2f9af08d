/**
 * Batch embedding: each text gets a vector once, by one model, whatever dies meanwhile; what is refused is refused unpaid.
 */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { embed, type EmbedDeps, type EmbedRequest } from '../../src/client/embedding/embed.js';
import { retryRun } from '../../src/client/runs/retry.js';
import { readNpy } from '../../src/aws/npy.js';
import { progress } from '../../src/run/messages.js';
import type { EmbeddingManifest } from '../../src/run/embedding.js';
import type { EmbeddingInput } from '../../src/spec/embedding.js';
import type { embedTexts } from '../../src/workflows/index.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop, type Loop, type Run } from '../support/loop.js';
import { MODEL_FILES, modelArchive } from '../support/modelArchive.js';

const MODEL = 's3://elsewhere/trained/model.tar.gz';
const INPUT = 's3://texts/corpus.jsonl';
const OUT = 's3://vectors/out/';

const request = (changes: Partial<EmbeddingInput> = {}): EmbeddingInput => ({
  apiVersion: 'attune/v1',
  name: 'embed-out',
  input: INPUT,
  output: OUT,
  timings: { pollSeconds: 0.03, freshPollSeconds: 0.02 },
  ...changes,
});

const start = (loop: Loop, changes: Partial<EmbeddingInput>): Promise<Run> =>
  loop.start<typeof embedTexts>('embedTexts', [request(changes)], { workflowId: `embed/${randomUUID()}` }) as never;

/** Texts and a model in S3. */
async function withTexts(
  body: (loop: Loop) => Promise<void>,
  sageMaker: FakeSageMaker = new FakeSageMaker(),
): Promise<void> {
  sageMaker.s3.put(INPUT, '{"id": "d0", "text": "a"}\n');
  sageMaker.s3.put(MODEL, await modelArchive());
  await withLoop(sageMaker, body);
}

const manifestIn = ({ sageMaker }: Loop): EmbeddingManifest =>
  sageMaker.s3.json(`${OUT}manifest.json`) as EmbeddingManifest;

const shardsIn = ({ sageMaker }: Loop): string[] =>
  [...sageMaker.s3.objects.keys()].filter((uri) => uri.endsWith('.npy')).sort();

interface Requested {
  ProcessingInputs: { InputName: string; S3Input: { S3Uri: string } }[];
  ProcessingOutputConfig: { Outputs: { S3Output: { S3Uri: string; S3UploadMode: string } }[] };
  ProcessingResources: { ClusterConfig: { InstanceCount: number; InstanceType: string } };
  Environment: Record<string, string>;
}
const requestedOf = ({ sageMaker }: Loop): Requested => sageMaker.jobOf('embed')!.request as unknown as Requested;

/** A run of the loop has put an endpoint into service. */
const served = async (loop: Loop): Promise<string> => (await (await loop.startRun()).result()).endpoint!.name;

test('a job embeds by the model that was checked, and the manifest tells of all of it', async () => {
  await withTexts(async (loop) => {
    const { embedding } = loop.sageMaker;
    Object.assign(embedding, { unreadable: 1, truncated: 2 });
    const run = await start(loop, { model: MODEL, kind: 'query', dimensions: 16 });

    const result = await run.result();

    expect(result).toMatchObject({ status: 'done', stage: 'done', name: 'embed-out' });
    expect(result.timeline.map(({ stage }) => stage)).toEqual(['preflight', 'embed']);
    expect(result.embedding).toEqual({
      output: OUT,
      documents: 12,
      of: 12,
      shards: 3,
      dimensions: 4,
      truncated: 6,
      unreadable: 1,
    });
    expect(manifestIn(loop)).toMatchObject({
      workflowId: run.workflowId,
      input: INPUT,
      kind: 'query',
      model: { uri: MODEL, engine: 'float32', maxSeqLength: 128 },
      dimensions: 4,
      prompts: { query: 'q: ', document: '' },
      documents: 12,
      shards: 3,
      unreadable: 1,
      truncated: 6,
      digest: '0123456789abcdef',
    });
    expect(result.notices.join()).toMatch(/1 rows are blank .* texts\.jsonl:3.*6 texts are longer/);
    const asked = requestedOf(loop);
    expect(asked.ProcessingResources.ClusterConfig).toMatchObject({ InstanceCount: 1, InstanceType: 'ml.m5.xlarge' });
    expect(asked.ProcessingOutputConfig.Outputs[0]!.S3Output).toMatchObject({
      S3Uri: OUT,
      S3UploadMode: 'Continuous',
    });
    const inputs = Object.fromEntries(asked.ProcessingInputs.map((one) => [one.InputName, one.S3Input.S3Uri]));
    expect(inputs['corpus']).toBe(INPUT);
    // The run's own copy of what was checked, not whatever lies there by then.
    expect(inputs['model']).toMatch(/\/attune\/embed-out\/.*\/package\/[0-9a-f]{16}\/model\.tar\.gz$/);
    expect(result.cost.stages!.map(({ stage, count }) => [stage, count])).toEqual([['embed', 1]]);
    expect(result.cost.accruedUsd).toBeGreaterThanOrEqual(0);
  });
});

test('the same again pays for nothing, and what is missing alone is made again', async () => {
  await withTexts(async (loop) => {
    const { sageMaker } = loop;
    await (await start(loop, { model: MODEL })).result();
    const before = manifestIn(loop);
    const again = await (await start(loop, { model: MODEL })).result();

    expect(again).toMatchObject({ status: 'done', jobs: [], embedding: { documents: 12, dimensions: 4 } });
    expect(manifestIn(loop)).toEqual({ ...before, workflowId: again.workflowId });

    sageMaker.s3.objects.delete(`${OUT}00001.npy`);
    sageMaker.embedding.made.length = 0;
    const mended = await (await start(loop, { model: MODEL })).result();

    expect(mended.jobs).toHaveLength(1);
    expect(sageMaker.embedding.told.at(-1)).toBe('0,2');
    expect(sageMaker.embedding.made).toEqual([1]);
  });
});

test('a job that the platform ends is followed by one that leaves whole shards alone', async () => {
  const sageMaker = new FakeSageMaker().withEndings('embed', {
    status: 'Failed',
    failureReason: 'InternalServerError: We encountered an internal error. Please try again.',
  });
  await withTexts(async (loop) => {
    sageMaker.jobMs = 300;
    const run = await start(loop, { model: MODEL });
    await until(() => sageMaker.jobOf('embed') !== undefined);
    sageMaker.embedding.shard(OUT, 0, undefined, () => [1, 2, 3, 4]);

    const result = await run.result();

    expect(result.jobs.map(({ status }) => status)).toEqual(['Failed', 'Completed']);
    expect(sageMaker.embedding.told).toEqual(['0']);
    expect(sageMaker.embedding.made).toEqual([0, 1, 2]);
  }, sageMaker);
});

test('a cancel stops the job and leaves what is whole; the same again goes on from there', async () => {
  await withTexts(async (loop) => {
    const { sageMaker } = loop;
    sageMaker.withJobsThatNeverEnd('embed');
    const run = await start(loop, { model: MODEL });
    await untilProgress(run, ({ jobs }) => jobs.some(({ status }) => status === 'InProgress'));
    sageMaker.embedding.shard(OUT, 1, undefined, () => [1, 2, 3, 4]);

    await run.cancel();

    await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    const told = await run.query(progress);
    expect(told.status).toBe('cancelled');
    expect(told.stopped.join()).toMatch(/processing job .*: Stopped/);
    expect(sageMaker.jobs().filter(({ endedAt }) => endedAt === undefined)).toEqual([]);
    expect(shardsIn(loop)).toEqual([`${OUT}00001.npy`]);

    sageMaker.letJobsEnd('embed');
    expect(await (await start(loop, { model: MODEL })).result()).toMatchObject({ embedding: { documents: 12 } });
    expect(sageMaker.embedding.told.at(-1)).toBe('1');
  });
});

test('an endpoint embeds by requests of some texts, each shard once, through throttling and the death of a worker', async () => {
  await withTexts(async (loop) => {
    const { sageMaker } = loop;
    const endpoint = await served(loop);
    Object.assign(sageMaker.embedding, { texts: Array.from({ length: 90 }, (_, i) => `text ${i}`), each: 40 });
    sageMaker.truncates = 1;
    sageMaker.invoked.length = 0;
    const first = Object.assign(new Error('slow down'), {
      name: 'ThrottlingException',
      $metadata: { httpStatusCode: 429 },
    });
    let inSecondShard = false;
    sageMaker.onInvoke = async (_, signal) => {
      if (sageMaker.invoked.length === 1) throw first;
      if (inSecondShard || !sageMaker.invoked.at(-1)!.includes('text 79')) return;
      inSecondShard = true;
      await new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error)));
    };
    const run = await start(loop, { endpoint });
    await until(() => inSecondShard);
    await loop.withoutWorkers(async () => undefined);

    const result = await run.result();

    expect(result.embedding).toMatchObject({ documents: 90, of: 90, shards: 3, dimensions: 4 });
    expect(requestedOf(loop).ProcessingInputs.map(({ InputName }) => InputName)).not.toContain('model');
    expect(Math.max(...sageMaker.invoked.map(({ length }) => length))).toBe(32);
    // The first shard was whole when the worker died: nobody asked for it again.
    expect(sageMaker.invoked.filter((texts) => texts.includes('text 39'))).toHaveLength(2);
    expect(sageMaker.invoked.filter((texts) => texts.includes('text 89'))).toHaveLength(1);
    const { rows, columns } = readNpy(sageMaker.s3.objects.get(`${OUT}00002.npy`)!);
    expect([rows, columns]).toEqual([10, 4]);
    expect(manifestIn(loop)).toMatchObject({ endpoint: { name: endpoint }, documents: 90, truncated: 5 });
    expect(manifestIn(loop).endpoint!.modelDataUrl).toMatch(/model\.tar\.gz$/);
  });
});

test('two models never share a folder: where another goes into service meanwhile, it ends and says so', async () => {
  await withTexts(async (loop) => {
    const { sageMaker } = loop;
    const first = await (await loop.startRun({ name: 'swapped' })).result();
    const endpoint = first.endpoint!.name;
    sageMaker.invoked.length = 0;
    sageMaker.onInvoke = async (count) => {
      if (count !== 2) return;
      sageMaker.onInvoke = undefined;
      await (await loop.startRun({ name: 'swapped', train: { epochs: 3 } })).result();
    };
    const run = await start(loop, { endpoint });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'ContentChanged', message: expect.stringMatching(/it serves config .* now/) },
    });
    expect(sageMaker.s3.has(`${OUT}manifest.json`)).toBe(false);
  }, new FakeSageMaker().withDistinctModels());
});

test('after a job that failed by the data, a retry goes on in the same run', async () => {
  const sageMaker = new FakeSageMaker().withEndings('embed', {
    status: 'Failed',
    failureReason: 'AlgorithmError: 1 error in the input',
  });
  await withTexts(async (loop) => {
    const run = await start(loop, { model: MODEL });
    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'JobFailed' } });

    const { runId, from } = await retryRun(loop.client, () => '', run.workflowId);
    const again = loop.client.workflow.getHandle<typeof embedTexts>(run.workflowId, runId);

    expect(from).toBe('embed');
    expect(await again.result()).toMatchObject({ status: 'done', embedding: { documents: 12 } });
  }, sageMaker);
});

test('texts that change while they are embedded end it: some vectors would be of before', async () => {
  await withTexts(async (loop) => {
    const { sageMaker } = loop;
    sageMaker.withJobsThatNeverEnd('embed');
    const run = await start(loop, { model: MODEL });
    await untilProgress(run, ({ jobs }) => jobs.some(({ status }) => status === 'InProgress'));
    sageMaker.s3.put(INPUT, '{"id": "d0", "text": "another"}\n');
    sageMaker.letJobsEnd('embed');
    await sageMaker.end(sageMaker.jobOf('embed')!.name);

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'ContentChanged', message: expect.stringContaining('the input, or the model, has changed') },
    });
  });
});

test.for<[what: string, changes: Partial<EmbeddingInput>, words: RegExp, put?: [uri: string, content: string]]>([
  ['an endpoint that is not there', { endpoint: 'nobody' }, /endpoint: expected an endpoint of this account/],
  ['a model that is not there', { model: 's3://elsewhere/none/model.tar.gz' }, /model: expected an S3 object/],
  [
    'a model that is no archive',
    { model: 's3://elsewhere/model.safetensors' },
    /model: expected the S3 URI of an archive/,
  ],
  ['both', { model: MODEL, endpoint: 'served' }, /a model or an endpoint, one of the two/],
  ['neither', {}, /a model or an endpoint, one of the two/],
  ['an input that is not there', { model: MODEL, input: 's3://texts/none/' }, /input: expected an S3 object or prefix/],
  [
    'a folder without texts',
    { model: MODEL, input: 's3://texts/pdf/' },
    /input: expected a file that ends in \.jsonl/,
    ['s3://texts/pdf/a.pdf', '%PDF'],
  ],
  ['a local input', { model: MODEL, input: './texts.jsonl' }, /input: expected an S3 URI/],
  ['an output in the input', { model: MODEL, input: 's3://vectors/' }, /output: expected another place/],
  ['an output that others use', { model: MODEL }, /output: expected an empty prefix/, [`${OUT}report.csv`, '1']],
  [
    'an instance type that there is not',
    { model: MODEL, compute: { instanceType: 'ml.z9.large' } },
    /compute\.instanceType/,
  ],
  ['more instances than embed', { endpoint: 'served', instances: 2 }, /instances: expected 1/],
  ['a budget below the least', { model: MODEL, budget: { maxUsd: 0.001 } }, /budget\.maxUsd: expected at least/],
] as const)('%s is refused before anything is paid', async ([, changes, words, put]) => {
  await withTexts(async (loop) => {
    if (put) loop.sageMaker.s3.put(...put);
    const run = await start(loop, changes);

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'SpecRefused', message: expect.stringMatching(words) },
    });
    expect(loop.sageMaker.jobs()).toEqual([]);
  });
});

test('an archive of another layout is refused in words, and no job is paid', async () => {
  await withTexts(async (loop) => {
    const { 'attune.json': _, ...others } = MODEL_FILES;
    loop.sageMaker.s3.put(MODEL, await modelArchive(others));

    await expect((await start(loop, { model: MODEL })).result()).rejects.toMatchObject({
      cause: { type: 'PackageRefused', message: expect.stringContaining('attune.json is missing') },
    });
    expect(loop.sageMaker.jobs()).toEqual([]);
  });
});

test('a folder that is filled by another model or from other texts is left alone', async () => {
  await withTexts(async (loop) => {
    await (await start(loop, { model: MODEL })).result();
    const before = manifestIn(loop);

    await expect((await start(loop, { model: MODEL, kind: 'query' })).result()).rejects.toMatchObject({
      cause: { type: 'SpecRefused', message: expect.stringContaining(`vectors of ${INPUT} by ${MODEL}`) },
    });
    expect(manifestIn(loop)).toEqual(before);
  });
});

test('the client takes a run for its model, joins what goes on, and refuses another request for the folder', async () => {
  await withTexts(async (loop) => {
    const { client, taskQueue, sageMaker } = loop;
    const run = await (await loop.startRun({ encryption: { outputKmsKeyId: 'alias/own' } })).result();
    const told: EmbedDeps['told'] = {
      progress: () => Promise.resolve(run),
      spec: () => Promise.resolve(sageMaker.s3.json(run.artifacts['spec']!)),
    };
    const deps = {
      client,
      aws: {},
      settings: { prefix: 'attune', region: 'us-east-1', taskQueue },
      page: () => '',
      told,
    } as unknown as EmbedDeps;
    const output = `s3://vectors/${randomUUID()}`;
    const asked: EmbedRequest = { input: INPUT, output, model: run.name };
    sageMaker.withJobsThatNeverEnd('embed');
    const estimates: unknown[] = [];

    const first = await embed(deps, asked, { onEstimate: (one) => estimates.push(one.estimateUsd) });
    const second = await embed(deps, asked);
    await expect(embed(deps, { ...asked, kind: 'query' })).rejects.toMatchObject({ type: 'InvalidRequest' });
    await expect(embed(deps, { ...asked, endpoint: 'too' })).rejects.toMatchObject({ type: 'SpecRefused' });

    expect(second.runId).toBe(first.runId);
    expect(first.workflowId).toMatch(/^embed\/embed-[0-9a-f-]{34}\/[0-9a-f]{12}$/);
    expect(estimates).toEqual([{ low: expect.any(Number), high: expect.any(Number) }]);
    const handle = client.workflow.getHandle<typeof embedTexts>(first.workflowId);
    await until(async () => (await handle.query(progress)).jobs.some(({ status }) => status === 'InProgress'));
    const asking = requestedOf(loop);
    expect(asking.ProcessingInputs.find(({ InputName }) => InputName === 'model')!.S3Input.S3Uri).toBe(
      run.artifacts['package'],
    );
    expect(asking.ProcessingOutputConfig).toMatchObject({ KmsKeyId: 'alias/own' });
    sageMaker.letJobsEnd('embed');
    await sageMaker.end(sageMaker.jobOf('embed')!.name);
    expect(await handle.result()).toMatchObject({ status: 'done', embedding: { documents: 12 } });
  });
});
