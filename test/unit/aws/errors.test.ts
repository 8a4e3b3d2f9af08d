import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { classify, toFailure, type AwsClass } from '../../../src/aws/errors.js';
import { awsError } from '../../support/awsError.js';

/** What AWS says → what it means → the failure that a run would end with, and whether it is tried again. */
const ROWS: [name: string, message: string, status: number, is: AwsClass, type: string, retried: boolean][] = [
  [
    'ResourceInUse',
    'Training job names must be unique within an AWS account and region',
    400,
    'adopt',
    'NameTaken',
    false,
  ],
  ['ValidationException', 'Cannot create already existing model "arn:…".', 400, 'adopt', 'NameTaken', false],
  ['ConflictException', 'it is there', 409, 'adopt', 'NameTaken', false],
  ['ValidationException', 'Requested resource not found.', 400, 'notFound', 'NotFound', false],
  ['ValidationException', 'Could not find requested job with name: x', 400, 'notFound', 'NotFound', false],
  ['ValidationException', 'Could not find endpoint "arn:…".', 400, 'notFound', 'NotFound', false],
  ['ResourceNotFound', "Amazon SageMaker can't find a tuning job", 400, 'notFound', 'NotFound', false],
  ['NoSuchKey', 'The specified key does not exist.', 404, 'notFound', 'NotFound', false],
  [
    'ValidationException',
    'The request was rejected because the training job is in status Completed',
    400,
    'wrongState',
    'RequestRefused',
    false,
  ],
  ['ValidationException', 'Cannot update in-progress endpoint "arn:…".', 400, 'wrongState', 'RequestRefused', false],
  [
    'ValidationException',
    'Could not assume role arn:aws:iam::000000000000:role/new.',
    400,
    'propagation',
    'AccessDenied',
    true,
  ],
  [
    'AccessDeniedException',
    'User: u is not authorized to perform: sagemaker:CreateTrainingJob on resource: r',
    400,
    'propagation',
    'AccessDenied',
    true,
  ],
  ['AccessDenied', 'Access Denied', 403, 'denied', 'AccessDenied', false],
  ['ThrottlingException', 'Rate exceeded', 400, 'throttle', 'Throttled', true],
  ['Throttling', 'Rate exceeded', 400, 'throttle', 'Throttled', true],
  ['TooManyRequestsException', 'slow down', 400, 'throttle', 'Throttled', true],
  ['SomethingNew', 'slow down', 429, 'throttle', 'Throttled', true],
  [
    'ResourceLimitExceeded',
    "The account-level service limit 'ml.g5.xlarge for training job usage' is 2 Instances, with current utilization of 2 Instances and a request delta of 1 Instances.",
    400,
    'quota',
    'WaitingForQuota',
    true,
  ],
  [
    'ResourceLimitExceeded',
    "The account-level service limit 'ml.g5.xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.",
    400,
    'quota',
    'QuotaExceeded',
    false,
  ],
  [
    'ExpiredTokenException',
    'The security token included in the request is expired',
    400,
    'expired',
    'AccessDenied',
    true,
  ],
  [
    'UnrecognizedClientException',
    'The security token included in the request is invalid',
    400,
    'expired',
    'AccessDenied',
    true,
  ],
  ['InternalFailure', 'try again', 500, 'transient', 'Unavailable', true],
  ['ServiceUnavailable', 'try again', 503, 'transient', 'Unavailable', true],
  ['UnknownError', 'bad gateway', 502, 'transient', 'Unavailable', true],
  [
    'ValidationException',
    "1 validation error detected: Value 'x' at 'y' failed to satisfy constraint",
    400,
    'bug',
    'RequestRefused',
    false,
  ],
];

test.each(ROWS)('%s "%s" (%i) is %s and ends as %s', (name, message, status, is, type, retried) => {
  const error = awsError(name, message, status);

  expect(classify(error)).toBe(is);
  const failure = toFailure(error, 'starting training job x', { propagationMs: 300_000, elapsedMs: 0 });
  expect(failure).toMatchObject({ type, nonRetryable: !retried });
  expect(failure.message).toMatch(/^(waiting for quota: )?starting training job x: /);
});

test.each([
  ['throttled', 'ThrottlingException', { min: 11_250, max: 18_750 }],
  ['perhaps only slow to be known', 'AccessDeniedException', { min: 10_000, max: 10_000 }],
  ['made between two renewals of credentials', 'ExpiredTokenException', { min: 10_000, max: 10_000 }],
])('a call that was %s waits longer than a retry does', (_, name, { min, max }) => {
  const failure = toFailure(awsError(name, 'no'), 'starting training job x', { propagationMs: 300_000, elapsedMs: 0 });

  expect(failure.nextRetryDelay).toBeGreaterThanOrEqual(min);
  expect(failure.nextRetryDelay).toBeLessThanOrEqual(max);
});

test.each(['AccessDeniedException', 'ExpiredTokenException'])('%s is final where nobody has patience', (name) => {
  expect(toFailure(awsError(name, 'no'), 'x').nonRetryable).toBe(true);
});

test('the last try of a row of refusals comes when patience ends, not later', () => {
  const error = awsError('AccessDeniedException', 'no');

  expect(toFailure(error, 'x', { propagationMs: 300_000, elapsedMs: 298_000 }).nextRetryDelay).toBe(2_000);
});

test('a refusal that does not go away in five minutes is final, and names the missing action', () => {
  const error = awsError(
    'AccessDeniedException',
    'User: u is not authorized to perform: sagemaker:AddTags on resource: r',
  );

  const failure = toFailure(error, 'starting training job x', { propagationMs: 300_000, elapsedMs: 300_000 });

  expect(failure).toMatchObject({ type: 'AccessDenied', nonRetryable: true });
  expect(failure.message).toContain('The missing action is sagemaker:AddTags');
});

test('a refused connection is AWS trouble, not a fault of the run', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });

  expect(toFailure(refused, 'looking at job x')).toMatchObject({ type: 'Unavailable', nonRetryable: false });
});

test('missing credentials say so', () => {
  const none = Object.assign(new Error('Could not load credentials from any providers'), {
    name: 'CredentialsProviderError',
  });

  expect(toFailure(none, 'looking at job x')).toMatchObject({ type: 'AccessDenied', nonRetryable: true });
});

test('a failure that is one already passes unchanged', () => {
  const failure = ApplicationFailure.create({ type: 'NameTaken', message: 'as it was' });

  expect(toFailure(failure, 'doing something')).toBe(failure);
});
