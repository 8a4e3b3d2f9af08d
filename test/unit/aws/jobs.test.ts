import { expect, test } from 'vitest';
import { requestRun } from '../../support/requestRun.js';
import { doneVariables } from '../../../src/activities/vectorIndex/done.js';
import { embedRequest, prepareRequest } from '../../../src/aws/requests/processing.js';
import { trainRequest } from '../../../src/aws/requests/training.js';
import { tuneRequest } from '../../../src/aws/requests/tuning.js';
import { trialName } from '../../../src/aws/names.js';
import { placesOf } from '../../../src/spec/places.js';
import type { FineTuneSpecInput } from '../../../src/spec/schema.js';
import { refuseAsAwsDoes } from '../../support/awsRefusals.js';

const requestsOf = (changes: Partial<FineTuneSpecInput>) => {
  const run = requestRun({ tune: {}, ...changes });
  const terms = (key: 'prepare' | 'train') => ({
    attempt: 1,
    place: placesOf(run.spec.compute[key])[0]!,
    limits: { maxRuntimeSeconds: 3600 },
  });
  const requests = {
    CreateProcessingJob: prepareRequest(run, terms('prepare')).request,
    CreateTrainingJob: trainRequest(run, terms('train')).request,
    CreateHyperParameterTuningJob: tuneRequest(run, terms('train'), 20_000).request,
  };
  for (const [operation, request] of Object.entries(requests))
    refuseAsAwsDoes('sagemaker', Object.keys(requests), operation, request);
  const {
    CreateProcessingJob: processing,
    CreateTrainingJob: training,
    CreateHyperParameterTuningJob: tuning,
  } = requests;
  return { processing, training, trials: tuning.TrainingJobDefinition! };
};

test('traffic between instances is encrypted in every kind of job where it is asked for', () => {
  const encrypted = requestsOf({ network: { encryptTraffic: true } });
  const plain = requestsOf({});

  for (const { processing, training, trials } of [encrypted, plain]) {
    const wanted = processing === encrypted.processing ? true : undefined;
    expect(processing.NetworkConfig?.EnableInterContainerTrafficEncryption).toBe(wanted);
    expect(training.EnableInterContainerTrafficEncryption).toBe(wanted);
    expect(trials.EnableInterContainerTrafficEncryption).toBe(wanted);
  }
});

test('a volume key goes where there are volumes, and not to disks inside an instance', () => {
  const encryption = { volumeKmsKeyId: 'alias/mine' };
  const gpu = requestsOf({ encryption });
  const cpu = requestsOf({ encryption, compute: { train: { instanceType: 'ml.m5.xlarge' } } });

  expect(gpu.training.ResourceConfig?.VolumeKmsKeyId).toBeUndefined();
  expect(cpu.training.ResourceConfig?.VolumeKmsKeyId).toBe('alias/mine');
  expect(gpu.processing.ProcessingResources?.ClusterConfig?.VolumeKmsKeyId).toBe('alias/mine');
});

test('jobs are components of the trial of the run, the training is a run in MLflow, and both leave names and digests alone', () => {
  const mlflow = { resourceArn: 'arn:aws:sagemaker:us-east-1:111122223333:mlflow-app/app-1', experiment: 'search' };
  const tracked = requestsOf({ tracking: { experiment: 'Search-Models', mlflow } });
  const plain = requestsOf({});

  const TrialName = trialName(requestRun({}));
  expect(TrialName).toMatch(/^attune-t-1-run-[0-9a-f]{12}$/);
  const component = { ExperimentName: 'Search-Models', TrialName };
  expect(tracked.processing.ExperimentConfig).toEqual({ ...component, TrialComponentDisplayName: 'prepare' });
  expect(tracked.training.ExperimentConfig).toEqual({ ...component, TrialComponentDisplayName: 'train' });
  expect(tracked.training.MlflowConfig).toEqual({
    MlflowResourceArn: mlflow.resourceArn,
    MlflowExperimentName: 'search',
    MlflowRunName: TrialName,
  });
  expect(tracked.trials).toEqual(plain.trials);
  expect(tracked.training.TrainingJobName).toBe(plain.training.TrainingJobName);
  expect(plain.training).not.toMatchObject({ ExperimentConfig: expect.anything() as object });
});

test('instances share an embedding as they share an index, each told what is whole already, and a job without a model embeds nothing', () => {
  const embed = { output: 's3://vectors/out/', kind: 'document' as const, instances: 4 };
  const run = requestRun({ data: { corpus: 's3://texts/in/' } });
  const asked = { ...run, spec: { ...run.spec, embed } };
  const terms = { attempt: 1, place: placesOf(run.spec.compute.evaluate)[0]!, limits: { maxRuntimeSeconds: 3600 } };
  const done = doneVariables([0, 1, 2, 5]);
  const withModel = embedRequest(asked, terms, { model: 's3://m/model.tar.gz', engine: 'int8', done });
  const cutting = embedRequest(asked, terms, { done: {} });

  expect(withModel.request.ProcessingResources!.ClusterConfig!.InstanceCount).toBe(4);
  expect(withModel.request.Environment).toMatchObject({ ATTUNE_ENGINE: 'int8', ATTUNE_INDEX_DONE: '0-2,5' });
  expect(withModel.request.ProcessingOutputConfig!.Outputs![0]!.S3Output).toMatchObject({
    S3Uri: 's3://vectors/out/',
    S3UploadMode: 'Continuous',
  });
  // What is whole changes nothing of what the job is: another attempt's name tells it apart.
  expect(embedRequest(asked, terms, { model: 's3://m/model.tar.gz', engine: 'int8', done: {} }).name).toBe(
    withModel.name,
  );
  const inputs = cutting.request.ProcessingInputs!.map(({ InputName }) => InputName);
  expect(inputs).toEqual(['code', 'spec', 'corpus']);
});

test('however many gaps earlier attempts have left, each whole shard is named, by values that SageMaker takes', () => {
  const shards = Array.from({ length: 900 }, (_, i) => 2 * i);
  const variables = doneVariables(shards);

  expect(Object.keys(variables).length).toBeGreaterThan(10);
  expect(Object.keys(variables)[1]).toBe('ATTUNE_INDEX_DONE_2');
  expect(Object.values(variables).every(({ length }) => length <= 256)).toBe(true);
  expect(Object.values(variables).join(',').split(',').map(Number)).toEqual(shards);
  expect(doneVariables([])).toEqual({});
});
