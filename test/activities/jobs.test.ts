import { expect, test } from 'vitest';
import { digestOf, readSources } from '../../src/activities/code.js';
import { createAwsActivities, createIoActivities, type Deps } from '../../src/activities/index.js';
import type { JobPlan, JobSnapshot, Run } from '../../src/activities/types.js';
import { filesOf } from '../../src/run/files.js';
import { MOST_VARIABLES } from '../../src/spec/limits.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { inActivity } from '../support/inActivity.js';
import { jobScripts, smallSpec } from '../support/loop.js';

const settings = {
  bucket: 'test-bucket',
  roleArn: 'arn:aws:iam::000000000000:role/test',
  prefix: 'attune',
  region: 'us-east-1',
};
const MOST_BYTES = 64 * 1024;

async function prepared(changes: Partial<FineTuneSpecInput> = {}) {
  const sageMaker = new FakeSageMaker();
  sageMaker.s3.put('s3://test-bucket/pairs.jsonl', '{}');
  sageMaker.s3.put('s3://test-bucket/wheels/a.whl', '');
  sageMaker.s3.put('s3://test-bucket/model/config.json', '{}');
  const deps = {
    ...(sageMaker.clients as object),
    settings,
    pythonDir: jobScripts,
    propagationMs: 0,
  } as unknown as Deps;
  const aws = createAwsActivities(deps);
  const io = createIoActivities(deps);
  const call = inActivity;
  const { run } = await call(io.preflight, { raw: smallSpec(changes), workflowId: 'finetune/x', run: '0a1b2c3d' });
  const { train, dev, corpus } = filesOf(run);
  for (const folder of [train, dev, corpus]) sageMaker.s3.put(`${folder}data.jsonl`, '{}');
  return { sageMaker, aws, io, call, run };
}

const secured: Partial<FineTuneSpecInput> = {
  base: 's3://test-bucket/model/',
  network: {
    subnets: ['subnet-1'],
    securityGroupIds: ['sg-1'],
    isolation: true,
    wheelhouse: 's3://test-bucket/wheels/',
  },
  encryption: { outputKmsKeyId: 'out-key', volumeKmsKeyId: 'disk-key' },
  deploy: { instanceType: 'ml.c6i.xlarge' },
};

test('network, isolation and keys of the spec are on every resource that a run creates', async () => {
  const { aws, call, run } = await prepared(secured);
  const vpc = { Subnets: ['subnet-1'], SecurityGroupIds: ['sg-1'] };
  const plan = async (stage: JobPlan['stage']) =>
    (await call(aws.planJob, { run, stage, attempt: 1, candidate: 's3://bucket/model.tar.gz' })).request;

  for (const stage of ['prepare', 'evaluate'] as const) {
    expect(await plan(stage)).toMatchObject({
      NetworkConfig: { EnableNetworkIsolation: true, VpcConfig: vpc },
      ProcessingResources: { ClusterConfig: { VolumeKmsKeyId: 'disk-key' } },
      ProcessingOutputConfig: { KmsKeyId: 'out-key' },
    });
  }
  expect(await plan('train')).toMatchObject({
    EnableNetworkIsolation: true,
    VpcConfig: vpc,
    ResourceConfig: { VolumeKmsKeyId: 'disk-key' },
    OutputDataConfig: { KmsKeyId: 'out-key' },
  });
  const deployment = await call(aws.planDeployment, { run, modelDataUrl: 's3://bucket/model.tar.gz' });
  expect(deployment.model.request).toMatchObject({ EnableNetworkIsolation: true, VpcConfig: vpc });
  expect(deployment.config.request).toMatchObject({ KmsKeyId: 'disk-key' });
});

test('hyperparameters are JSON, so that the toolkit keeps their types, and what is unset is left out', async () => {
  const { aws, call, run } = await prepared({ train: { dimensions: [384, 64] } });
  const { request } = await call(aws.planJob, { run, stage: 'train' as const, attempt: 1 });

  const { HyperParameters = {} } = request as { HyperParameters?: Record<string, string> };
  const read = Object.fromEntries(
    Object.entries(HyperParameters).map(([key, value]) => [key, JSON.parse(value) as unknown]),
  );
  expect(read).toEqual({
    sagemaker_program: 'train.py',
    sagemaker_submit_directory: '/opt/ml/input/data/code',
    sagemaker_container_log_level: 20,
    sagemaker_region: settings.region,
    base_model: 'sentence-transformers/all-MiniLM-L6-v2',
    epochs: 2,
    batch_size: 64,
    max_seq_length: 128,
    dimensions: '[384,64]',
    scale: 20,
    warmup: 0.1,
    weight_decay: 0.01,
    seed: 42,
    evaluations_per_epoch: 1,
    hardness_strength: 0,
    negatives: 1,
  });
});

test('every job is told the digest of the code that it was planned with', async () => {
  const { aws, call, run, sageMaker } = await prepared({ tune: { trials: 2, parallel: 1 } });
  sageMaker.s3.put(filesOf(run).dataReport, JSON.stringify({ counts: { train: { pairs: 500 } } }));
  const digest = digestOf(await readSources(jobScripts));
  const environmentOf = async (stage: JobPlan['stage']) => {
    const plan = await call(aws.planJob, { run, stage, attempt: 1, candidate: 's3://bucket/model.tar.gz' });
    const request = plan.request as { Environment?: object; TrainingJobDefinition?: { Environment?: object } };
    return (request.TrainingJobDefinition ?? request).Environment;
  };

  expect(run.code.files).toContain(digest);
  for (const stage of ['prepare', 'train', 'tune', 'evaluate'] as const)
    expect(await environmentOf(stage), stage).toMatchObject({ ATTUNE_CODE_SHA256: digest });
});

const REFERRED = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:hf-AbCdEf';
const given = { HF_TOKEN: { secretArn: REFERRED, key: 'token' }, HTTPS_PROXY: 'http://proxy.example:3128' };
const told = { ATTUNE_FROM_HF_TOKEN: `secret:${REFERRED}#token`, HTTPS_PROXY: 'http://proxy.example:3128' };

test('every container is told its variables, of secrets where they lie, and installs from the wheels it was given', async () => {
  const environment = { environment: given };
  const { aws, call, run, sageMaker } = await prepared({
    compute: { prepare: environment, train: environment, evaluate: environment },
    deploy: environment,
    tune: { trials: 2, parallel: 1 },
    network: { wheelhouse: 's3://test-bucket/wheels' },
  });
  sageMaker.s3.put(filesOf(run).dataReport, JSON.stringify({ counts: { train: { pairs: 500 } } }));
  const plan = async (stage: JobPlan['stage']) =>
    (await call(aws.planJob, { run, stage, attempt: 1, candidate: 's3://bucket/model.tar.gz' })).request;

  for (const stage of ['prepare', 'evaluate'] as const) {
    const wheels = '/opt/ml/processing/input/wheelhouse';
    expect(await plan(stage)).toMatchObject({
      Environment: { ...told, PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels },
      ProcessingInputs: expect.arrayContaining([
        expect.objectContaining({ S3Input: expect.objectContaining({ LocalPath: wheels }) as object }),
      ]) as object,
    });
  }
  const training = {
    Environment: { ...told, PIP_NO_INDEX: '1', PIP_FIND_LINKS: '/opt/ml/input/data/wheelhouse' },
    InputDataConfig: expect.arrayContaining([expect.objectContaining({ ChannelName: 'wheelhouse' })]) as object,
  };
  expect(await plan('train')).toMatchObject(training);
  expect(await plan('tune')).toMatchObject({ TrainingJobDefinition: training });
  const { model } = await call(aws.planDeployment, { run, modelDataUrl: 's3://bucket/model.tar.gz' });
  expect(model.request).toMatchObject({
    PrimaryContainer: { Environment: { ...told, SAGEMAKER_PROGRAM: 'inference.py' } },
  });
});

test('AWS takes as many and as long variables as a spec may have', async () => {
  const environment = Object.fromEntries(
    Array.from({ length: MOST_VARIABLES }, (_, i) => [`${'N'.repeat(240)}${i}`, 'v'.repeat(256)]),
  );
  const { aws, call, run, sageMaker } = await prepared({
    compute: { prepare: { environment }, train: { environment }, evaluate: { environment } },
    tune: { trials: 2, parallel: 1 },
    network: { wheelhouse: 's3://test-bucket/wheels' },
  });
  sageMaker.s3.put(filesOf(run).dataReport, JSON.stringify({ counts: { train: { pairs: 500 } } }));
  const notices = Array.from({ length: 30 }, () => 'x'.repeat(300));

  for (const stage of ['prepare', 'train', 'tune', 'evaluate'] as const) {
    const plan = await call(aws.planJob, { run, stage, attempt: 1, candidate: 's3://bucket/model.tar.gz', notices });
    await expect(call(aws.startJob, { ...plan, pollMs: 10, quotaMs: 0 }), stage).resolves.toMatchObject({});
  }
});

test('the same plan has the same name, another attempt another one', async () => {
  const { aws, call, run } = await prepared();
  const name = async (attempt: number) => (await call(aws.planJob, { run, stage: 'train' as const, attempt })).name;

  expect(await name(1)).toBe(await name(1));
  expect(await name(1)).not.toBe(await name(2));
});

test('a job of the same name that somebody else requested is not taken over', async () => {
  const { sageMaker, aws, call, run } = await prepared();
  const plan = await call(aws.planJob, { run, stage: 'train' as const, attempt: 1 });
  await call(aws.startJob, { ...plan, request: { ...plan.request, Tags: [] }, pollMs: 10, quotaMs: 0 });

  await expect(call(aws.startJob, { ...plan, pollMs: 10, quotaMs: 0 })).rejects.toMatchObject({
    type: 'NameTaken',
    nonRetryable: true,
  });
  expect(sageMaker.jobs()).toHaveLength(1);
});

test('a job that this run requested before is adopted', async () => {
  const { sageMaker, aws, call, run } = await prepared();
  const plan = await call(aws.planJob, { run, stage: 'train' as const, attempt: 1 });

  const first = await call(aws.startJob, { ...plan, pollMs: 10, quotaMs: 0 });
  const again = await call(aws.startJob, { ...plan, pollMs: 10, quotaMs: 0 });

  expect([first.adopted, again.adopted]).toEqual([false, true]);
  expect(again.arn).toBe(first.arn);
  expect(sageMaker.jobs()).toHaveLength(1);
});

test('a look at a job that did not move is a benign failure that says how the job is', async () => {
  const { sageMaker, aws, call, run } = await prepared();
  sageMaker.jobMs = 60_000;
  const plan = await call(aws.planJob, { run, stage: 'train' as const, attempt: 1 });
  await call(aws.startJob, { ...plan, pollMs: 10, quotaMs: 0 });
  const look = { kind: plan.kind, name: plan.name, pollMs: 30_000, freshPollMs: 5_000, woken: false, announced: false };

  const seen = (await call(aws.awaitJob, look)) as JobSnapshot;

  expect(seen).toMatchObject({ status: 'InProgress', secondaryStatus: 'Training', end: undefined });
  await expect(call(aws.awaitJob, { ...look, lastSeen: seen.key })).rejects.toMatchObject({
    type: 'JobStillRunning',
    category: 'BENIGN',
    message: expect.stringMatching(/^Training · .* train:loss 0\.500$/),
    nextRetryDelay: expect.toSatisfy((ms: number) => ms >= 4_500 && ms <= 5_500),
  });
});

test('of a job that moves again and again a wait comes back with each move, later with one an hour, and always with its end', async () => {
  const { sageMaker, aws, call, run } = await prepared();
  sageMaker.jobMs = 60_000;
  const plan = await call(aws.planJob, { run, stage: 'train' as const, attempt: 1 });
  await call(aws.startJob, { ...plan, pollMs: 10, quotaMs: 0 });
  const look = { kind: plan.kind, name: plan.name, pollMs: 30_000, freshPollMs: 5_000, woken: false, announced: false };
  const awaitJob = (moves: number, sinceMs = 0) =>
    inActivity(
      aws.awaitJob,
      { ...look, lastSeen: 'InProgress/Interrupted', moves },
      { scheduledTimestampMs: Date.now() - sinceMs },
    );

  await expect(awaitJob(299)).resolves.toMatchObject({ secondaryStatus: 'Training' });
  await expect(awaitJob(300)).rejects.toMatchObject({ type: 'JobStillRunning' });
  await expect(awaitJob(300, 3_600_001)).resolves.toMatchObject({ secondaryStatus: 'Training' });
  await sageMaker.end(plan.name);
  await expect(awaitJob(300)).resolves.toMatchObject({ end: 'completed' });
});

test('stopping what has ended, stops already or never was is done already', async () => {
  const { sageMaker, aws, call, run } = await prepared();
  const plan = await call(aws.planJob, { run, stage: 'train' as const, attempt: 1 });
  await call(aws.stopJob, plan);
  await call(aws.startJob, { ...plan, pollMs: 10, quotaMs: 0 });
  await sageMaker.end(plan.name);

  await call(aws.stopJob, plan);

  expect(sageMaker.jobOf('train')!.status).toBe('Completed');
});

test('an instance type without an image in the region is refused, with the regions that have one', async () => {
  const sageMaker = new FakeSageMaker();
  sageMaker.s3.put('s3://test-bucket/pairs.jsonl', '{}');
  sageMaker.s3.put('s3://test-bucket/model/config.json', '{}');
  const deps = {
    ...(sageMaker.clients as object),
    settings: { ...settings, region: 'eu-south-2' },
    pythonDir: jobScripts,
  };
  const { preflight } = createIoActivities(deps as unknown as Deps);
  const raw = smallSpec({ compute: { train: { instanceType: 'ml.g5.xlarge' } } });

  const refused = inActivity(preflight, { raw, workflowId: 'w', run: 'r' });

  await expect(refused).rejects.toMatchObject({
    type: 'SpecRefused',
    message: expect.stringMatching(/compute\.train\.instanceType[^]*us-east-1/),
  });
});

test('the job scripts are uploaded once for all runs of the same sources', async () => {
  const { sageMaker, io, call, run } = await prepared();
  const keys = [...sageMaker.s3.objects.keys()].filter((key) => key.includes('/code/'));
  expect(keys).toContain(`${run.code.files}attune_jobs/__init__.py`);

  const again = await call(io.preflight, { raw: smallSpec(), workflowId: 'finetune/y', run: 'ffffffff' });

  expect(again.run.code).toEqual(run.code);
  expect([...sageMaker.s3.objects.keys()].filter((key) => key.includes('/code/'))).toEqual(keys);
});

test('a job script that somebody wrote over is put right before a job runs it, and a stranger beside them ends the run', async () => {
  const { sageMaker, io, call, run } = await prepared();
  const { s3 } = sageMaker;
  const settle = () => call(io.preflight, { raw: smallSpec(), workflowId: 'finetune/y', run: 'ffffffff' });
  const changed = [`${run.code.files}job.py`, `${run.code.files}train.py`];
  const contents = changed.map((uri) => s3.objects.get(uri)!);
  for (const [i, uri] of changed.entries()) s3.put(uri, Buffer.alloc(contents[i]!.length, 'x'));

  await settle();
  expect(changed.map((uri) => s3.objects.get(uri))).toEqual(contents);

  s3.put(`${run.code.files}argparse.py`, 'import os');
  await expect(settle()).rejects.toMatchObject({
    type: 'ContentChanged',
    message: expect.stringContaining('argparse.py is none of'),
  });
});

test('no result is larger than 64 KB, not even for the largest spec', async () => {
  const tags = Object.fromEntries(Array.from({ length: 38 }, (_, i) => [`${i}`.padEnd(128, 'k'), 'v'.repeat(256)]));
  const { aws, call, run } = await prepared({ ...secured, tags });
  const settled: Run = run;
  const plans = await Promise.all(
    (['prepare', 'train', 'evaluate'] as const).map((stage) =>
      call(aws.planJob, { run: settled, stage, attempt: 1, candidate: 's3://bucket/model.tar.gz' }),
    ),
  );
  const deployment = await call(aws.planDeployment, { run: settled, modelDataUrl: 's3://bucket/model.tar.gz' });

  for (const result of [settled, ...plans, deployment]) {
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(MOST_BYTES);
  }
});

test('a denied action is named', async () => {
  const { sageMaker, aws, call, run } = await prepared();
  const denied = 'User: u is not authorized to perform: sagemaker:CreateTrainingJob on resource: r';
  sageMaker.withFault('CreateTrainingJob', awsError('AccessDeniedException', denied));
  const plan = await call(aws.planJob, { run, stage: 'train' as const, attempt: 1 });

  await expect(call(aws.startJob, { ...plan, pollMs: 10, quotaMs: 0 })).rejects.toMatchObject({
    type: 'AccessDenied',
    nonRetryable: true,
    message: expect.stringContaining('The missing action is sagemaker:CreateTrainingJob'),
  });
});
