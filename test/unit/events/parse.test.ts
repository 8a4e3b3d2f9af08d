import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalised, parseEvent, timeOf } from '../../../src/events/parse.js';

const envelope = (detailType: string, detail: unknown, more: object = {}) => ({
  version: '0',
  id: '7c0f6c1e-9a53-4f0e-8a55-5d1f2b6a9e10',
  'detail-type': detailType,
  source: 'aws.sagemaker',
  account: '111122223333',
  time: '2026-05-04T09:30:12Z',
  region: 'eu-west-1',
  resources: [],
  detail,
  ...more,
});

const AT = '2026-05-04T09:45:12.001Z';
const ms = Date.parse(AT);

test("a trial of a tuning job is nobody's: the tuning job has events of its own", () => {
  const detail = {
    TrainingJobName: 'a-tune-001-0a1b2c3d',
    TrainingJobStatus: 'Completed',
    TuningJobArn: 'arn:…/a-tune',
  };

  expect(parseEvent(envelope('SageMaker Training Job State Change', detail), 'http')).toMatchObject({
    kind: 'ignored',
  });
});

test.each([
  [
    'SageMaker Training Job State Change',
    { TrainingJobName: 'a-train', TrainingJobStatus: 'InProgress', LastModifiedTime: String(ms) },
    'job/a-train',
    'InProgress',
  ],
  [
    'SageMaker HyperParameter Tuning Job State Change',
    { HyperParameterTuningJobName: 'a-tune', HyperParameterTuningJobStatus: 'Completed', LastModifiedTime: String(ms) },
    'job/a-tune',
    'Completed',
  ],
  [
    'SageMaker Processing Job State Change',
    { ProcessingJobName: 'a-prep', ProcessingJobStatus: 'Failed', ProcessingEndTime: ms },
    'job/a-prep',
    'Failed',
  ],
  [
    'SageMaker Endpoint State Change',
    { EndpointName: 'med', EndpointStatus: 'IN_SERVICE', LastModifiedTime: ms + 0.4 },
    'endpoint/111122223333/eu-west-1/med',
    'InService',
  ],
  [
    'SageMaker Endpoint Deployment State Change',
    { EndpointName: 'med', EndpointStatus: 'UPDATING', LastModifiedTime: AT },
    'endpoint/111122223333/eu-west-1/med',
    'Updating',
  ],
])('%s finds its workflow', (detailType, detail, workflowId, status) => {
  expect(parseEvent(envelope(detailType, detail), 'http')).toEqual({
    kind: 'change',
    workflowId,
    change: { status, at: AT, source: 'http' },
  });
});

test('a batch job of Amazon Bedrock finds its workflow, at the time of the envelope: its own has no zone', () => {
  const detail = {
    version: '0.0',
    accountId: '111122223333',
    batchJobName: 'attune-a-questions-1',
    batchJobArn: 'arn:aws:bedrock:eu-west-1:111122223333:model-invocation-job/abcdefghwxyz',
    batchModelId: 'arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0',
    status: 'PartiallyCompleted',
    failureMessage: '',
    creationTime: 'May 4, 2026, 9:15:53 AM',
  };
  const told = { source: 'aws.bedrock', time: 'Mon May 04 09:30:12 UTC 2026' };

  expect(parseEvent(envelope('Batch Inference Job State Change', detail, told), 'eventbridge')).toEqual({
    kind: 'change',
    workflowId: 'job/attune-a-questions-1',
    change: { status: 'PartiallyCompleted', at: '2026-05-04T09:30:12.000Z', source: 'eventbridge' },
  });
});

test.each([
  ['attune.of-somebody+else', 'ignored'],
  ['../x', 'malformed'],
  ['x'.repeat(64), 'malformed'],
])('a batch job %s is none of attune: %s', (batchJobName, kind) => {
  const detail = { batchJobName, status: 'Completed' };

  const { kind: found } = parseEvent(
    envelope('Batch Inference Job State Change', detail, { source: 'aws.bedrock' }),
    'http',
  );
  expect(found).toBe(kind);
});

test('an event without a time of its own takes that of its envelope', () => {
  const detail = { TrainingJobName: 'a', TrainingJobStatus: 'Completed' };

  expect(parseEvent(envelope('SageMaker Training Job State Change', detail), 'http')).toMatchObject({
    change: { at: '2026-05-04T09:30:12.000Z' },
  });
});

test.each([
  ['SageMaker Model Package State Change', {}],
  ['SageMaker Transform Job State Change', { TransformJobName: 'x' }],
  ['constructor', {}],
  ['Model Customization Job State Change', { jobName: 'x' }],
])('%s is nothing that anybody waits for', (detailType, detail) => {
  expect(parseEvent(envelope(detailType, detail), 'http')).toEqual({ kind: 'ignored', detailType });
});

test.each([
  ['SageMaker Training Job State Change', { TrainingJobName: 'a', TrainingJobStatus: 'Completed' }, 'com.example'],
  ['SageMaker Training Job State Change', { TrainingJobName: 'a', TrainingJobStatus: 'Completed' }, 'aws.bedrock'],
  ['Batch Inference Job State Change', { batchJobName: 'a', status: 'Completed' }, 'aws.sagemaker'],
])('%s of %j that does not come from its own service, but from %s, is ignored', (detailType, detail, source) => {
  expect(parseEvent(envelope(detailType, detail, { source }), 'http').kind).toBe('ignored');
});

test.each([
  [null],
  ['text'],
  [[]],
  [{}],
  [envelope('SageMaker Training Job State Change', null)],
  [envelope('SageMaker Training Job State Change', { TrainingJobName: '../x', TrainingJobStatus: 'Completed' })],
  [
    envelope('SageMaker Training Job State Change', {
      TrainingJobName: 'x'.repeat(64),
      TrainingJobStatus: 'Completed',
    }),
  ],
  [envelope('SageMaker Training Job State Change', { TrainingJobName: 'x', TrainingJobStatus: 7 })],
])('%j is malformed', (nonsense) => {
  expect(parseEvent(nonsense, 'http').kind).toBe('malformed');
});

test('nothing that can be sent makes the parser throw', () => {
  fc.assert(fc.property(fc.anything(), (anything) => void parseEvent(anything, 'http')));
  fc.assert(
    fc.property(fc.object(), fc.anything(), (detail, time) => {
      const names = { TrainingJobName: 'x', TrainingJobStatus: 'Completed', LastModifiedTime: time };
      const event = parseEvent(
        envelope('SageMaker Training Job State Change', { ...detail, ...names }, { time }),
        'http',
      );
      expect(event.kind).toBe('change');
    }),
  );
});

test.each([
  [String(ms), AT],
  [ms, AT],
  [ms + 0.9, AT],
  [AT, AT],
  ['yesterday', undefined],
  [undefined, undefined],
  [{}, undefined],
  [1e300, undefined],
])('the time %j is read as %s', (value, expected) => {
  expect(timeOf(value)).toBe(expected);
});

test.each([
  ['IN_SERVICE', 'InService'],
  ['ROLLING_BACK', 'RollingBack'],
  ['UPDATE_ROLLBACK_FAILED', 'UpdateRollbackFailed'],
  ['InService', 'InService'],
  ['Completed', 'Completed'],
])('status %s is %s', (given, expected) => {
  expect(normalised(given)).toBe(expected);
});
