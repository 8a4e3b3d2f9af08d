/** `attune doctor` on an account of moto's: roles, images, VPC endpoints; and what moto does not know. */
import { CreateRepositoryCommand, ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { CreateSubnetCommand, CreateVpcCommand, CreateVpcEndpointCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { accountFindings } from '../../src/client/account/account.js';
import { parseSpec } from '../../src/spec/parse.js';
import type { FineTuneSpec } from '../../src/spec/schema.js';
import { sharedMoto } from '../support/moto.js';

const REGION = 'eu-west-1';
const ACCOUNT = '123456789012';
const moto = sharedMoto();

beforeEach(async () => {
  await fetch(`${moto().url}/moto-api/reset`, { method: 'POST' });
  vi.stubEnv('AWS_ENDPOINT_URL', moto().url);
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
});
afterEach(() => vi.unstubAllEnvs());

const roleArn = (name: string, account = ACCOUNT): string => `arn:aws:iam::${account}:role/${name}`;
const spec = (changes: object = {}): FineTuneSpec => {
  const base = { apiVersion: 'attune/v1', name: 'support-search', data: { pairs: 's3://corpus/pairs.jsonl' } };
  const parsed = parseSpec({ ...base, ...changes });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.spec;
};

/** What is found of one check. */
async function found(check: string, given: FineTuneSpec = spec(), roleArn?: string) {
  const where = { region: REGION, onAws: false, roleArn };
  return (await accountFindings(where, { spec: given, given: true })).filter((finding) => finding.check === check);
}

async function makeRole(RoleName: string, Service: string): Promise<void> {
  const Statement = [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await new IAMClient().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
}

test('a role that SageMaker may take on is told from one that it may not, and from none', async () => {
  await makeRole('jobs', 'sagemaker.amazonaws.com');
  await makeRole('lambdas', 'lambda.amazonaws.com');

  const of = async (arn: string) => (await found('role', spec(), arn)).map(({ ok, found }) => [ok, found]);
  expect(await of(roleArn('jobs'))).toContainEqual([true, 'jobs trusts sagemaker.amazonaws.com']);
  expect(await of(roleArn('lambdas'))).toContainEqual([false, 'lambdas does not trust sagemaker.amazonaws.com']);
  expect(await of(roleArn('nobody'))).toContainEqual([false, `there is no role nobody in account ${ACCOUNT}`]);
  const elsewhere = roleArn('jobs', '999999999999');
  expect(await of(elsewhere)).toContainEqual([
    false,
    `${elsewhere} is of account 999999999999, and AWS is called in ${ACCOUNT}`,
  ]);
});

test('what may not be looked at is a notice with the action that is missing, and nothing that is wrong', async () => {
  // moto knows neither operation.
  const notices = [
    ...(await found('quotas')),
    ...(await found('role', spec(), roleArn('jobs'))).filter(({ mend }) => mend?.includes('Simulate')),
  ];

  expect(notices).toEqual([
    expect.objectContaining({ ok: true, mend: expect.stringContaining('servicequotas:ListServiceQuotas') as string }),
    expect.objectContaining({ ok: true, mend: expect.stringContaining('iam:SimulatePrincipalPolicy') as string }),
  ]);
});

test('images of a spec are looked for where it says that they are', async () => {
  const ecr = new ECRClient();
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'own/jobs' }));
  const imageManifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: {},
    layers: [],
  });
  await ecr.send(new PutImageCommand({ repositoryName: 'own/jobs', imageTag: 'v1', imageManifest }));
  const uri = (rest: string, region = REGION) => `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/${rest}`;
  const of = (imageUri: string) => {
    const stage = { imageUri };
    return found('images', spec({ compute: { prepare: stage, train: stage, evaluate: stage }, deploy: false }));
  };

  expect(await of(uri('own/jobs:v1'))).toMatchObject([{ ok: true }]);
  for (const wrong of [uri('own/jobs:v2'), uri('own/others:v1')])
    expect(await of(wrong)).toMatchObject([{ ok: false, found: `compute.prepare: ${wrong} is not there` }]);
  expect(await of(uri('own/jobs:v1', 'us-east-1'))).toMatchObject([
    { ok: false, mend: expect.stringContaining('ECR of its own region') as string },
  ]);
});

test('a VPC is asked for the endpoints that the jobs of the spec need there', async () => {
  const ec2 = new EC2Client();
  const made = async (cidr: string) => {
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: cidr }));
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId, CidrBlock: cidr }));
    return { vpc: Vpc!.VpcId!, subnet: Subnet!.SubnetId! };
  };
  const { vpc, subnet } = await made('10.0.0.0/24');
  const other = await made('10.1.0.0/24');
  const inVpc = (...subnets: string[]) => ({ network: { subnets, securityGroupIds: ['sg-0a1b2c3d'] } });
  const of = (...subnets: string[]) => found('network', spec(inVpc(...subnets)));

  expect(await of(subnet)).toMatchObject([{ ok: true, found: `${vpc} has no endpoint of s3, logs, monitoring` }]);
  for (const [service, VpcEndpointType] of [
    ['s3', 'Gateway'],
    ['logs', 'Interface'],
    ['monitoring', 'Interface'],
  ] as const satisfies [string, string][])
    await ec2.send(
      new CreateVpcEndpointCommand({ VpcId: vpc, VpcEndpointType, ServiceName: `com.amazonaws.${REGION}.${service}` }),
    );
  expect(await of(subnet)).toMatchObject([{ ok: true, found: `${vpc} has endpoints of all that jobs need of AWS` }]);
  expect(await of(subnet, other.subnet)).toMatchObject([{ ok: false }]);
  expect(await of('subnet-0a1b2c3d')).toMatchObject([{ ok: false }]);
});
