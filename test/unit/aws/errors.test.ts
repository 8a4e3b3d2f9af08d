import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { classify, toFailure } from '../../../src/aws/errors.js';
import type { AwsClass } from '../../../src/aws/errorTable.js';
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
  ...[
    "The account-level service limit 'Maximum total concurrency that can be allocated across all serverless endpoints' is 10, with current utilization of 0 and a request delta of 20.",
    "The account-level service limit 'ml.p4d.24xlarge for spot training job usage' is 1 Units, with current utilization of 0 Units and a request delta of 2 Units.",
    "The account-level service limit 'Maximum number of parallel training jobs per tuning job' is 10.0 Jobs, with current utilization of 0.0 Jobs and a request delta of 20.0 Jobs.",
  ].map((text): (typeof ROWS)[number] => ['ResourceLimitExceeded', text, 400, 'quota', 'QuotaExceeded', false]),
  [
    'ResourceLimitExceeded',
    "The account-level service limit 'Total concurrency of serverless endpoints' is 10, with current utilization of 8 and a request delta of 5.",
    400,
    'quota',
    'WaitingForQuota',
    true,
  ],
  ...[
    'No S3 objects found under S3 URL "s3://corpus/docs/" given in input data source. Please ensure that the bucket exists in the selected region (eu-west-1), that objects exist under that S3 prefix, and that the role "arn:aws:iam::111122223333:role/jobs" has "s3:ListBucket" permissions on bucket "corpus".',
    'Could not access model data at s3://bucket/model.tar.gz. Please ensure that the role "arn:aws:iam::111122223333:role/jobs" exists and that its trust relationship policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the object is located in eu-west-1.',
    'The repository of your image 111122223333.dkr.ecr.eu-west-1.amazonaws.com/own:1 does not grant ecr:GetDownloadUrlForLayer, ecr:BatchGetImage, ecr:BatchCheckLayerAvailability permission to sagemaker.amazonaws.com service principal.',
    "The role 'arn:aws:iam::111122223333:role/jobs' does not have BatchGetImage permission for the image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/own:1'.",
    'User: arn:aws:sts::111122223333:assumed-role/jobs/SageMaker is not authorized to perform: cloudwatch:DescribeAlarms on resource: *',
  ].map((text): (typeof ROWS)[number] => ['ValidationException', text, 400, 'propagation', 'AccessDenied', true]),
  [
    'ValidationException',
    'Requested image 1.dkr.ecr.eu-west-1.amazonaws.com/own:9 not found.',
    400,
    'misplaced',
    'NotFound',
    false,
  ],
  [
    'ValidationException',
    'Using non-ECR image "me/image:1" without Vpc repository access mode is not supported.',
    400,
    'misplaced',
    'NotFound',
    false,
  ],
  ['ValidationException', 'CloudWatch alarm(s) [latency] could not be found.', 400, 'misplaced', 'NotFound', false],
  ['AlarmNotFoundException', 'latency', 400, 'misplaced', 'NotFound', false],
  [
    'KMS.DisabledException',
    'arn:aws:kms:eu-west-1:111122223333:key/1 is disabled.',
    400,
    'misplaced',
    'NotFound',
    false,
  ],
  [
    'PermanentRedirect',
    'The bucket you are attempting to access must be addressed using the specified endpoint.',
    301,
    'misplaced',
    'NotConfigured',
    false,
  ],
  ['UnknownError', 'UnknownError', 301, 'misplaced', 'NotConfigured', false],
  [
    'AuthorizationHeaderMalformed',
    "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
    400,
    'misplaced',
    'NotConfigured',
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

test('of a bucket in another region it is said in which', () => {
  const redirect = Object.assign(awsError('PermanentRedirect', 'elsewhere', 301), {
    $response: { headers: { 'x-amz-bucket-region': 'eu-central-1' } },
  });

  expect(toFailure(redirect, 'looking for s3://bucket/a').message).toContain(
    'the bucket is in eu-central-1. Next: SageMaker',
  );
});

test('a failure that is one already passes unchanged', () => {
  const failure = ApplicationFailure.create({ type: 'NameTaken', message: 'as it was' });

  expect(toFailure(failure, 'doing something')).toBe(failure);
});
