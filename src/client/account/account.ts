/**
 * What an AWS account has for a spec: quotas, the role of its jobs, images, endpoints of its VPC. Loaded by `attune doctor`
 * alone, and all of it optional: what may not be looked at is said, and nothing more.
 * @module
 */
import { ECRClient } from '@aws-sdk/client-ecr';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3VectorsClient } from '@aws-sdk/client-s3vectors';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { credentialsOf, type AssumedRole } from '../../aws/assumedRole.js';
import { CONTROL_PLANE } from '../../aws/clients.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { AWS_HOST, hostSeen } from './server.js';
import { ifAllowed, NotOfThisServer, type Finding } from './finding.js';
import { imageFindings } from './images.js';
import { passFindings, trustFindings } from './jobRole.js';
import { quotaFindings } from './quotas.js';
import { vectorBucketFindings } from './vectorBucket.js';
import { vpcFindings } from './vpc.js';

export interface LookedFor {
  spec: FineTuneSpec;
  /** A person wrote the spec: without one, these are attune's defaults. */
  given: boolean;
}

/**
 * @param onAws    AWS itself answers for SageMaker: where another server does, AWS is not asked with that server's keys
 * @param roleArn  of the jobs; absent where it is not set, which is told elsewhere
 * @param assumeRole  taken on for what is looked at
 */
export async function accountFindings(
  {
    region,
    onAws,
    roleArn,
    assumeRole,
  }: { region: string; onAws: boolean; roleArn?: string; assumeRole?: AssumedRole },
  looked: LookedFor,
): Promise<Finding[]> {
  const opened: { destroy(): void }[] = [];
  const made = <C extends Client>(Make: new (config: object) => C): C => {
    const client = new Make({ ...CONTROL_PLANE, region, ...credentialsOf(assumeRole) });
    opened.push(client);
    if (!onAws) keptFromAws(client);
    return client;
  };
  const { spec } = looked;
  const { index } = spec;
  const { subnets } = spec.network;
  try {
    const found = await Promise.all([
      ifAllowed('quotas', 'servicequotas:ListServiceQuotas', () => quotaFindings(made(ServiceQuotasClient), looked)),
      callerAndRole(made(STSClient), made(IAMClient), roleArn),
      ifAllowed('images', 'ecr:BatchGetImage', () => imageFindings(made(ECRClient), spec, region)),
      index?.store === 's3vectors' ? vectorBucketFindings(made(S3VectorsClient), index.bucket, region) : [],
      subnets === undefined
        ? []
        : ifAllowed('network', 'ec2:DescribeSubnets and ec2:DescribeVpcEndpoints', async () => {
            const { EC2Client } = await import('@aws-sdk/client-ec2'); // by far the largest of them
            return vpcFindings(made(EC2Client), spec, subnets);
          }),
    ]);
    return found.flat();
  } finally {
    opened.forEach((client) => client.destroy());
  }
}

async function callerAndRole(sts: STSClient, iam: IAMClient, roleArn: string | undefined): Promise<Finding[]> {
  const caller = sts.send(new GetCallerIdentityCommand({}));
  const identity = ifAllowed('identity', 'sts:GetCallerIdentity', async () => [
    { check: 'identity', ok: true, found: (await caller).Arn ?? 'unknown' },
  ]);
  if (roleArn === undefined) return identity;
  const found = await Promise.all([
    identity,
    ifAllowed('role', 'iam:GetRole', async () => trustFindings(iam, await caller, roleArn)),
    ifAllowed('role', 'iam:SimulatePrincipalPolicy', async () => passFindings(iam, await caller, roleArn)),
  ]);
  return found.flat();
}

type Client = Parameters<typeof hostSeen>[0] & { destroy(): void };

const keptFromAws = (client: Client): void =>
  hostSeen(client, (host) => {
    if (AWS_HOST.test(host)) throw new NotOfThisServer(host);
  });
