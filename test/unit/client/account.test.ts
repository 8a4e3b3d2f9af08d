import { expect, test, vi } from 'vitest';
import { accountFindings } from '../../../src/client/account/account.js';
import { callFindings, listFindings, minimumFindings } from '../../../src/client/account/batches.js';
import { passFindings, trustFindings } from '../../../src/client/account/jobRole.js';
import { quotaFindings } from '../../../src/client/account/quotas.js';
import { doctor } from '../../../src/client/doctor.js';
import { parseSpec } from '../../../src/spec/parse.js';
import type { FineTuneSpec } from '../../../src/spec/schema.js';
import { awsError } from '../../support/awsError.js';
import { refuseAsAwsDoes } from '../../support/awsRefusals.js';
import { FakeBedrock } from '../../support/fakeBedrock.js';
import { FakeQuotas } from '../../support/fakeQuotas.js';
import { FakeS3 } from '../../support/fakeS3.js';

const parsed = parseSpec({ apiVersion: 'attune/v1', name: 'n', data: { pairs: 's3://corpus/pairs.jsonl' } });
const spec = (parsed as { spec: FineTuneSpec }).spec;
const ROLE = 'arn:aws:iam::123456789012:role/jobs';

/** IAM that decides so of what is simulated. It takes no request that AWS does not take. */
function iam(EvalDecision: string, trusted: string[] = []) {
  const simulated: object[] = [];
  const send = (command: { input: object }): Promise<object> => {
    const operation = command.constructor.name.replace(/Command$/, '');
    refuseAsAwsDoes('iam', ['GetRole', 'SimulatePrincipalPolicy'], operation, command.input);
    if (operation === 'GetRole')
      return Promise.resolve({
        Role: {
          Arn: 'arn:aws:iam::123456789012:role/paths/worker',
          AssumeRolePolicyDocument: encodeURIComponent(
            JSON.stringify({
              Statement: trusted.map((Service) => ({
                Effect: 'Allow',
                Action: 'sts:AssumeRole',
                Principal: { Service },
              })),
            }),
          ),
        },
      });
    simulated.push(command.input);
    const { ActionNames } = command.input as { ActionNames: string[] };
    return Promise.resolve({
      EvaluationResults: ActionNames.map((EvalActionName) => ({ EvalActionName, EvalDecision })),
    });
  };
  return { client: { send } as never, simulated };
}

test.each([
  ['allowed', true],
  ['implicitDeny', false],
  ['explicitDeny', false],
])('of iam:PassRole %s is told as it is', async (decision, ok) => {
  const { client } = iam(decision);

  expect(
    await passFindings(client, { Arn: 'arn:aws:iam::123456789012:user/u' }, ROLE, 'sagemaker.amazonaws.com'),
  ).toMatchObject([{ ok }]);
});

test('of a session the role behind it is asked about, by its whole path', async () => {
  const { client, simulated } = iam('allowed');

  await passFindings(
    client,
    { Arn: 'arn:aws:sts::123456789012:assumed-role/worker/i-0a1b' },
    ROLE,
    'bedrock.amazonaws.com',
  );

  expect(simulated).toMatchObject([
    {
      PolicySourceArn: 'arn:aws:iam::123456789012:role/paths/worker',
      ResourceArns: [ROLE],
      ContextEntries: [{ ContextKeyValues: ['bedrock.amazonaws.com'] }],
    },
  ]);
});

test("quotas that a person's spec lacks are wrong, those that attune's defaults lack are only said", async () => {
  const quotas = new FakeQuotas();
  quotas.values = { 'ml.g5.xlarge for processing job usage': 0, 'ml.m5.xlarge for processing job usage': 4 };
  const found = (given: boolean) => quotaFindings(quotas as never, { spec, given });

  const told = 'compute.evaluate needs 1 of';
  expect(await found(true)).toMatchObject([{ ok: false, found: expect.stringContaining(told) as string }]);
  expect(await found(false)).toMatchObject([{ ok: true, mend: expect.stringContaining('Service Quotas') as string }]);
  quotas.values = {};
  expect(await found(true)).toEqual([
    { check: 'quotas', ok: true, found: expect.stringContaining('compute.evaluate, deploy') as string },
  ]);
});

test('a role that Bedrock is to take on has to trust it too', async () => {
  const { client } = iam('allowed', ['sagemaker.amazonaws.com']);
  const services = ['sagemaker.amazonaws.com', 'bedrock.amazonaws.com'] as const;

  expect(await trustFindings(client, { Account: '123456789012' }, ROLE, services)).toMatchObject([
    { ok: true, found: 'jobs trusts sagemaker.amazonaws.com' },
    {
      ok: false,
      found: 'jobs does not trust bedrock.amazonaws.com',
      mend: expect.stringContaining("BatchInference: 'true'") as string,
    },
  ]);
});

test.each([
  ['allowed', true, /may start, see and stop them/],
  ['implicitDeny', false, /bedrock:CreateModelInvocationJob: implicitDeny, bedrock:Get/],
])('of the calls that a batch job takes %s is told as it is, in the name of the stack', async (decision, ok, words) => {
  const { client, simulated } = iam(decision);
  const caller = { Arn: 'arn:aws-us-gov:iam::123456789012:user/u', Account: '123456789012' };

  const found = await callFindings(client, caller, { region: 'us-gov-west-1', bucket: 'corpus' });

  expect(found).toMatchObject([{ check: 'batch jobs', ok, found: expect.stringMatching(words) as string }]);
  expect(simulated).toMatchObject([
    {
      ResourceArns: ['arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:model-invocation-job/*'],
      ContextEntries: [
        { ContextKeyName: 'aws:RequestTag/attune:bucket', ContextKeyValues: ['corpus'] },
        { ContextKeyName: 'aws:ResourceTag/attune:bucket', ContextKeyValues: ['corpus'] },
      ],
    },
  ]);
});

test('where Bedrock does not list batch jobs, a run finds none of its own: that is wrong', async () => {
  const bedrock = new FakeBedrock(new FakeS3());
  const found = () => listFindings(bedrock.clients.bedrockJobs as never, 'eu-west-1');

  expect(await found()).toMatchObject([{ ok: true, found: 'Amazon Bedrock lists those of eu-west-1' }]);
  bedrock.withFault('ListModelInvocationJobs', awsError('AccessDeniedException', 'not authorized', 403));
  expect(await found()).toMatchObject([
    {
      ok: false,
      found: expect.stringContaining('AccessDenied') as string,
      mend: expect.stringContaining('batch: never') as string,
    },
  ]);
});

test('a model that takes no job as small as attune starts is told', async () => {
  const quotas = new FakeQuotas();
  const of = (model: string) => `Minimum number of records per batch inference job for ${model}`;
  const found = () => minimumFindings(quotas as never);

  expect(await found()).toEqual([]);
  quotas.values = { [of('Nova Lite')]: 100, 'Records per batch inference job for Nova Lite': 50_000 };
  expect(await found()).toEqual([{ check: 'batch jobs', ok: true, found: 'each model takes a job of 100 records' }]);
  quotas.values[of('Claude 3 Haiku')] = 1000;
  expect(await found()).toMatchObject([
    {
      ok: true,
      found: expect.stringContaining("Claude 3 Haiku' is 1000") as string,
      mend: expect.any(String) as string,
    },
  ]);
});

test("only a spec that asks in batches is looked at for them, and its calls are the worker's server's own", async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  vi.stubEnv('AWS_ENDPOINT_URL_BEDROCK', 'http://127.0.0.1:1');
  const where = { region: 'eu-west-1', onAws: false, roleArn: ROLE };
  const asking = (batch: string) => {
    const questions = { model: 'bedrock:amazon.nova-lite-v1:0', batch };
    const data = { documents: 's3://corpus/docs/', questions };
    return (parseSpec({ apiVersion: 'attune/v1', name: 'n', data }) as { spec: FineTuneSpec }).spec;
  };

  expect(await accountFindings(where, { spec: asking('never'), given: true })).toEqual([]);
  expect(await accountFindings(where, { spec: asking('always'), given: true })).toMatchObject([
    { check: 'batch jobs', ok: false, found: expect.stringContaining('ECONNREFUSED') as string },
  ]);
  vi.unstubAllEnvs();
});

test('a spec with faults is told, and looked at no further', async () => {
  expect(await doctor({ AWS_REGION: 'eu-west-1', TEMPORAL_ADDRESS: '127.0.0.1:1' }, { name: '_' })).toContainEqual(
    expect.objectContaining({ check: 'spec', ok: false }),
  );
});

test('where another server answers for SageMaker, its keys are not sent to AWS', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  const where = { region: 'eu-west-1', onAws: false, roleArn: ROLE };

  expect(await accountFindings(where, { spec, given: true })).toEqual([]);
  vi.unstubAllEnvs();
});
