import type { CreateProcessingJobCommandInput, CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { expect, test } from 'vitest';
import { createAwsActivities, createIoActivities, type Deps } from '../../src/activities/index.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { inActivity as call } from '../support/inActivity.js';
import { jobScripts, smallSpec } from '../support/loop.js';

/** @param serves  whether a model is in service at the endpoint when the run begins */
async function prepared(changes: Partial<FineTuneSpecInput>, serves: boolean) {
  const sageMaker = new FakeSageMaker();
  sageMaker.s3.put('s3://test-bucket/pairs.jsonl', '{}');
  sageMaker.s3.put('s3://test-bucket/model/config.json', '{}');
  const raw = smallSpec(changes);
  if (serves) await sageMaker.serving(raw.name);
  const deps = {
    ...(sageMaker.clients as object),
    settings: {
      bucket: 'test-bucket',
      roleArn: 'arn:aws:iam::000000000000:role/test',
      prefix: 'attune',
      region: 'us-east-1',
    },
    pythonDir: jobScripts,
    propagationMs: 0,
  } as unknown as Deps;
  const { run } = await call(createIoActivities(deps).preflight, { raw, workflowId: 'finetune/x', run: '0a1b2c3d' });
  return { sageMaker, aws: createAwsActivities(deps), run };
}

test('training starts from the base, or from the model in service where the spec asks for it and one serves', async () => {
  const started = async (changes: Partial<FineTuneSpecInput>, serves: boolean) => {
    const { aws, run } = await prepared({ name: 'search', ...changes }, serves);
    const { request } = await call(aws.planJob, { run, stage: 'train' as const, attempt: 1 });
    const { InputDataConfig = [], HyperParameters = {} } = request as CreateTrainingJobCommandInput;
    return {
      run,
      channels: InputDataConfig.map(({ ChannelName }) => ChannelName),
      from: HyperParameters['start_from'],
    };
  };
  const goOn = { base: 's3://test-bucket/model/', train: { startFrom: 'incumbent' as const } };

  const model = 's3://elsewhere/search/model.tar.gz';
  expect(await started(goOn, true)).toMatchObject({
    run: { startsFrom: { configName: 'search-old', modelDataUrl: model, madeBy: 'earlier' } },
    channels: ['code', 'train', 'dev', 'corpus', 'incumbent'],
    from: JSON.stringify(model),
  });
  const fromBase = { channels: ['code', 'train', 'dev', 'corpus', 'base'], from: undefined };
  expect(await started(goOn, false)).toMatchObject(fromBase);
  expect(await started({ base: goOn.base }, true)).toMatchObject(fromBase);
});

test('the model in service is found behind a serverless endpoint too', async () => {
  const { sageMaker, aws, run } = await prepared({ name: 'search' }, true);
  const config = sageMaker.configOf('search-old');
  config.ProductionVariants![0]!.ServerlessConfig = { MemorySizeInMB: 4096, MaxConcurrency: 5 };

  const plan = await call(aws.planJob, {
    run,
    stage: 'evaluate' as const,
    attempt: 1,
    candidate: 's3://bucket/m.tar.gz',
  });

  expect(plan.incumbent).toEqual({
    configName: 'search-old',
    modelDataUrl: 's3://elsewhere/search/model.tar.gz',
    madeBy: 'earlier',
    serverless: true,
  });
  const { ProcessingInputs = [] } = plan.request as CreateProcessingJobCommandInput;
  expect(ProcessingInputs.find(({ InputName }) => InputName === 'incumbent')?.S3Input?.S3Uri).toBe(
    's3://elsewhere/search/model.tar.gz',
  );
});
