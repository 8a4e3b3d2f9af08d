import { expect, test } from 'vitest';
import { requestRun } from '../../support/requestRun.js';
import { prepareRequest } from '../../../src/aws/requests/processing.js';
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
