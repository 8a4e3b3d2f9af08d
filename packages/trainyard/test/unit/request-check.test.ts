/** The check that other people's test doubles of AWS are made with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { requestCheck, type AwsError } from '../../src/requestCheck.js';
import { python } from '../support/machine.js';

const stateDir = mkdtempSync(join(tmpdir(), 'trainyard-check-'));
afterAll(() => rmSync(stateDir, { recursive: true }));

const check = requestCheck('sagemaker', ['CreateTrainingJob', 'StopTrainingJob'], { python, stateDir });

const training = {
  TrainingJobName: 'job',
  RoleArn: 'arn:aws:iam::000000000000:role/trainyard',
  AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'File' },
  OutputDataConfig: { S3OutputPath: 's3://bucket/out' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
};

test('a sound request is passed, without what AWS does not know', () => {
  expect(check('CreateTrainingJob', { ...training, Colour: 'blue' })).toEqual(training);
});

test.each([
  ['what the service model forbids', { StoppingCondition: { MaxRuntimeInSeconds: 0 } }, 'greater than or equal to 1'],
  ['what AWS forbids beyond it', { EnableManagedSpotTraining: true }, 'MaxWaitTimeInSeconds is required'],
])("%s is refused in AWS's words", (_what, change, words) => {
  expect(() => check('CreateTrainingJob', { ...training, ...change })).toThrow(
    expect.toSatisfy(
      (error: AwsError) => error.code === 'ValidationException' && error.message.includes(words),
    ) as Error,
  );
});

test('an operation that it was not made for is no refusal of AWS', () => {
  expect(() => check('DeleteModel', {})).toThrow(RangeError);
});
