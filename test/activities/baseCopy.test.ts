import { expect, test } from 'vitest';
import { createAwsActivities, createIoActivities, type Deps } from '../../src/activities/index.js';
import type { JobPlan } from '../../src/activities/types.js';
import { baseRecordSchema } from '../../src/run/base.js';
import { filesOf } from '../../src/run/files.js';
import type { Progress } from '../../src/run/progress.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { inActivity } from '../support/inActivity.js';
import { jobScripts, smallSpec } from '../support/loop.js';
import { written } from '../support/written.js';

const settings = {
  bucket: 'test-bucket',
  roleArn: 'arn:aws:iam::000000000000:role/test',
  prefix: 'attune',
  region: 'us-east-1',
};
const COMMIT = 'c0ffee'.padEnd(40, '0');
const SHA256 = 'ab'.repeat(32);
const COPY = `s3://test-bucket/attune/bases/me/model/${COMMIT}/`;
const STAGES = ['train', 'tune', 'evaluate'] as const;

async function prepared(changes: Partial<FineTuneSpecInput>, copied = false) {
  const sageMaker = new FakeSageMaker();
  const { s3 } = sageMaker;
  s3.put('s3://test-bucket/pairs.jsonl', '{}');
  s3.put('s3://test-bucket/model/config.json', '{}');
  s3.put('s3://test-bucket/wheels/a.whl', '');
  const modules = ['Transformer', 'Pooling', 'Dense'].map((name) => ({ type: `sentence_transformers.models.${name}` }));
  s3.put('s3://test-bucket/dense/modules.json', JSON.stringify(modules));
  if (copied) s3.put(`${COPY}attune-base.json`, JSON.stringify({ version: 1, sha256: SHA256 }));
  const deps = {
    ...(sageMaker.clients as object),
    settings,
    pythonDir: jobScripts,
    propagationMs: 0,
  } as unknown as Deps;
  const [aws, io] = [createAwsActivities(deps), createIoActivities(deps)];
  const raw = smallSpec({ base: 'me/model', tune: { trials: 2, parallel: 1 }, ...changes });
  const { run } = await inActivity(io.preflight, { raw, workflowId: 'finetune/x', run: '0a1b2c3d' });
  s3.put(filesOf(run).dataReport, JSON.stringify({ version: 1, counts: { train: { pairs: 500 } } }));
  const plan = async (stage: JobPlan['stage']) =>
    JSON.stringify(
      (await inActivity(aws.planJob, { run, stage, attempt: 1, candidate: 's3://bucket/model.tar.gz' })).request,
    );
  return { s3, run, plan, io };
}

test('after prepare every job reads the copy of the commit that prepare found, and is told its digest', async () => {
  const { s3, run, plan, io } = await prepared({});
  expect(await plan('prepare')).toContain('"ATTUNE_BASES":"s3://test-bucket/attune/bases/"');
  for (const stage of STAGES) expect(await plan(stage), stage).not.toContain('/bases/');

  // Where it lies is not the job's to say.
  const record = { version: 1 as const, base: 'me/model', commit: COMMIT, uri: 's3://elsewhere/', sha256: SHA256 };
  s3.put(filesOf(run).base, written(baseRecordSchema, record));

  for (const stage of STAGES) {
    expect(await plan(stage), stage).toContain(`"S3Uri":"${COPY}"`);
    expect(await plan(stage), stage).toContain(`"ATTUNE_BASE_SHA256":"${SHA256}"`);
  }
  await inActivity(io.keepRun, { run, runId: 'r', progress: { artifacts: {} } as Progress });
  expect(JSON.parse(s3.objects.get(filesOf(run).record)!.toString())).toMatchObject({
    base: { commit: COMMIT, uri: COPY, sha256: SHA256 },
  });
});

test('a base that is pinned to a commit is read from its copy by all jobs, once that is there', async () => {
  const { run, plan } = await prepared({ base: `me/model@${COMMIT}` }, true);

  expect(run.base).toEqual({ commit: COMMIT, uri: COPY, sha256: SHA256 });
  for (const stage of ['prepare', ...STAGES] as const) {
    expect(await plan(stage), stage).toContain(`"S3Uri":"${COPY}"`);
    expect(await plan(stage), stage).not.toContain('ATTUNE_BASES');
  }
});

test('a base in S3 is read where it lies', async () => {
  const { plan } = await prepared({ base: 's3://test-bucket/model/' });

  for (const stage of ['prepare', ...STAGES] as const) {
    expect(await plan(stage), stage).toContain('"S3Uri":"s3://test-bucket/model/"');
    expect(await plan(stage), stage).not.toContain('ATTUNE_BASE');
  }
});

const isolated = { isolation: true, wheelhouse: 's3://test-bucket/wheels/' };

test('isolation is refused where the commit has no copy yet, and taken where it has one', async () => {
  const spec = { base: `me/model@${COMMIT}`, network: isolated };
  await expect(prepared(spec)).rejects.toMatchObject({
    type: 'SpecRefused',
    message: expect.stringContaining(`a copy of this commit at ${COPY}`) as string,
  });
  const { plan } = await prepared(spec, true);
  const training = await plan('train');
  expect(training).toContain('"sagemaker_submit_directory":"\\"/opt/ml/input/data/code\\""');
  expect(training).toContain('"EnableNetworkIsolation":true');
});

test('an isolated endpoint whose model needs packages is refused without wheels, before anything is paid', async () => {
  const images = { imageUri: 'me/image:1' };
  const spec = {
    base: 's3://test-bucket/dense/',
    compute: {
      prepare: images,
      train: { instanceType: 'ml.m5.xlarge', ...images },
      evaluate: { instanceType: 'ml.m5.xlarge', ...images },
    },
  };
  await expect(prepared({ ...spec, network: { isolation: true } })).rejects.toMatchObject({
    type: 'SpecRefused',
    message: expect.stringContaining('models.Dense') as string,
  });
  await expect(prepared({ ...spec, network: isolated })).resolves.toMatchObject({});
  await expect(prepared({ ...spec, network: { isolation: true }, deploy: false })).resolves.toMatchObject({});
});
