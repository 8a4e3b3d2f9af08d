/** A role that is taken on for every call, in moto's STS. */
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { assumedRoleIn, credentialsOf } from '../../src/aws/assumedRole.js';
import { awsClients } from '../../src/client/aws.js';
import { doctor } from '../../src/client/doctor.js';
import { sharedMoto } from '../support/moto.js';

const ROLE = 'arn:aws:iam::111122223333:role/data';
const moto = sharedMoto();

beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL', moto().url);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  vi.stubEnv('ATTUNE_ASSUME_ROLE_ARN', ROLE);
  vi.stubEnv('ATTUNE_ASSUME_ROLE_EXTERNAL_ID', 'attune-1');
});
afterEach(() => vi.unstubAllEnvs());

test("a role of another account is taken on, and calls are that account's", async () => {
  const sts = new STSClient({ ...credentialsOf(assumedRoleIn(process.env)) });

  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '111122223333',
    Arn: 'arn:aws:sts::111122223333:assumed-role/data/attune',
  });
  sts.destroy();
});

test('the commands take it on too', async () => {
  const aws = awsClients(process.env);

  await aws.s3().send(new ListBucketsCommand({}));

  const { accessKeyId, sessionToken } = await aws.s3().config.credentials();
  expect([accessKeyId === 'a', sessionToken !== undefined]).toEqual([false, true]);
  aws.close();
});

test('doctor says as whom it looks', async () => {
  const findings = await doctor({ ...process.env, TEMPORAL_ADDRESS: '127.0.0.1:1' });

  const found = (check: string) => findings.find((finding) => finding.check === check)?.found;
  expect(found('SageMaker')).toContain(`as ${ROLE}`);
  expect(found('identity')).toBe('arn:aws:sts::111122223333:assumed-role/data/attune');
});
