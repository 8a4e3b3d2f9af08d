import { expect, test, vi } from 'vitest';
import { accountFindings } from '../../../src/client/account/account.js';
import { passFindings } from '../../../src/client/account/jobRole.js';
import { quotaFindings } from '../../../src/client/account/quotas.js';
import { doctor } from '../../../src/client/doctor.js';
import { parseSpec } from '../../../src/spec/parse.js';
import type { FineTuneSpec } from '../../../src/spec/schema.js';
import { refuseAsAwsDoes } from '../../support/awsRefusals.js';
import { FakeQuotas } from '../../support/fakeQuotas.js';

const parsed = parseSpec({ apiVersion: 'attune/v1', name: 'n', data: { pairs: 's3://corpus/pairs.jsonl' } });
const spec = (parsed as { spec: FineTuneSpec }).spec;
const ROLE = 'arn:aws:iam::123456789012:role/jobs';

/** IAM that decides so of what is simulated. It takes no request that AWS does not take. */
function iam(EvalDecision: string) {
  const simulated: object[] = [];
  const send = (command: { input: object }): Promise<object> => {
    const operation = command.constructor.name.replace(/Command$/, '');
    refuseAsAwsDoes('iam', ['GetRole', 'SimulatePrincipalPolicy'], operation, command.input);
    if (operation === 'GetRole')
      return Promise.resolve({ Role: { Arn: 'arn:aws:iam::123456789012:role/paths/worker' } });
    simulated.push(command.input);
    return Promise.resolve({ EvaluationResults: [{ EvalActionName: 'iam:PassRole', EvalDecision }] });
  };
  return { client: { send } as never, simulated };
}

test.each([
  ['allowed', true],
  ['implicitDeny', false],
  ['explicitDeny', false],
])('of iam:PassRole %s is told as it is', async (decision, ok) => {
  const { client } = iam(decision);

  expect(await passFindings(client, { Arn: 'arn:aws:iam::123456789012:user/u' }, ROLE)).toMatchObject([{ ok }]);
});

test('of a session the role behind it is asked about, by its whole path', async () => {
  const { client, simulated } = iam('allowed');

  await passFindings(client, { Arn: 'arn:aws:sts::123456789012:assumed-role/worker/i-0a1b' }, ROLE);

  expect(simulated).toMatchObject([
    { PolicySourceArn: 'arn:aws:iam::123456789012:role/paths/worker', ResourceArns: [ROLE] },
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
