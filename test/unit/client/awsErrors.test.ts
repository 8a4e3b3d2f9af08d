/** What AWS says is judged once: a run's failure and a command's error agree, by name and by next step. */
import { expect, test } from 'vitest';
import { toFailure } from '../../../src/aws/errors.js';
import { fromAws } from '../../../src/client/aws.js';
import { AttuneError } from '../../../src/spec/attuneError.js';
import { awsError } from '../../support/awsError.js';

const EXPIRED = [
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'InvalidAccessKeyId',
  'TokenProviderError',
];
const errno = (code: string) => Object.assign(new Error(`connect ${code} 127.0.0.1:9`), { code });
const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const NO_QUOTA =
  "The account-level service limit 'ml.g5.xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.";

test.each<[what: string, error: Error, type: string, next: RegExp]>([
  ...EXPIRED.map((name): [string, Error, string, RegExp] => [
    name,
    awsError(name, 'no longer', 403),
    'AccessDenied',
    /^renew the AWS credentials/,
  ]),
  [
    'an SSO session that is over',
    named('CredentialsProviderError', 'The SSO session associated with this profile has expired.'),
    'AccessDenied',
    /^renew/,
  ],
  [
    'no credentials',
    named('CredentialsProviderError', 'Could not load credentials from any providers'),
    'AccessDenied',
    /^set AWS credentials/,
  ],
  ['no region', new Error('Region is missing'), 'NotConfigured', /^set AWS_REGION/],
  ['Throttling', awsError('Throttling', 'Rate exceeded'), 'Throttled', /^try again in a minute/],
  ['ThrottlingException', awsError('ThrottlingException', 'Rate exceeded'), 'Throttled', /^try again in a minute/],
  ['TooManyRequestsException', awsError('TooManyRequestsException', 'slow', 429), 'Throttled', /^try again in a/],
  ['SlowDown', awsError('SlowDown', 'Reduce your request rate', 503), 'Throttled', /^try again in a minute/],
  ['NoSuchKey', awsError('NoSuchKey', 'The specified key does not exist.', 404), 'NotFound', /^check the name/],
  ['NoSuchBucket', awsError('NoSuchBucket', 'There is none', 404), 'NotFound', /ATTUNE_BUCKET/],
  ['ResourceNotFound', awsError('ResourceNotFound', 'no such endpoint'), 'NotFound', /^check the name/],
  ['ResourceNotFoundException', awsError('ResourceNotFoundException', 'no group'), 'NotFound', /^check the name/],
  ['not there, told by its text', awsError('ValidationException', 'Could not find endpoint x.'), 'NotFound', /^check/],
  ['500', awsError('InternalFailure', 'try again', 500), 'Unavailable', /^try again/],
  ['502', awsError('UnknownError', 'bad gateway', 502), 'Unavailable', /^try again/],
  ['503', awsError('ServiceUnavailable', 'try again', 503), 'Unavailable', /^try again/],
  ['a refused connection', errno('ECONNREFUSED'), 'Unavailable', /AWS_ENDPOINT_URL/],
  ['a host that has no address', errno('ENOTFOUND'), 'Unavailable', /AWS_ENDPOINT_URL/],
  ['AccessDenied', awsError('AccessDenied', 'Access Denied', 403), 'AccessDenied', /^grant the action/],
  ['AccessDeniedException', awsError('AccessDeniedException', 'u may not', 400), 'AccessDenied', /^grant the action/],
  ['ResourceLimitExceeded', awsError('ResourceLimitExceeded', NO_QUOTA), 'QuotaExceeded', /^ask for the quota/],
  ['a model that refuses', awsError('ModelError', 'Received client error (400)', 424), 'EndpointFailed', /log$/],
  ['a bad request', awsError('ValidationException', '1 validation error detected'), 'RequestRefused', /^report it/],
  ['a name nobody knows', awsError('BrandNew', 'what?', 418), 'Unexpected', /^report it/],
])('%s: worker and command line name it alike and say the same next step', (_, error, type, next) => {
  const worker = toFailure(error, 'looking at endpoint x');
  const client = fromAws(error, 'looking at endpoint x') as AttuneError;

  expect(client).toBeInstanceOf(AttuneError);
  expect([client.type, worker.type]).toEqual([type, type]);
  expect(client.mend).toMatch(next);
  expect(worker.message.split('. Next: ')).toEqual([client.message, client.mend]);
  expect(client.cause).toBe(error);
});

test('what is not from AWS, and an interruption, are handed back as they came', () => {
  const bug = new TypeError('x is undefined');
  const interrupted = named('AbortError', 'Request aborted');
  const told = new AttuneError('NotAvailable', 'no report yet', 'wait');

  for (const error of [bug, interrupted, told]) expect(fromAws(error, 'reading x')).toBe(error);
});
