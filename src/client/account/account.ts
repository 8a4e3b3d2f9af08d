/**
 * What an AWS account has for a spec: quotas, the role of its jobs, images, endpoints of its VPC. Loaded by `attune doctor`
 * alone, and all of it optional: what may not be looked at is said, and nothing more.
 * @module
 */
import { BedrockClient } from '@aws-sdk/client-bedrock';
import { ECRClient } from '@aws-sdk/client-ecr';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3VectorsClient } from '@aws-sdk/client-s3vectors';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { credentialsOf, type AssumedRole } from '../../aws/assumedRole.js';
import { CONTROL_PLANE } from '../../aws/clients.js';
import { asksInBatch } from '../../spec/batch.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { callFindings, listFindings, minimumFindings } from './batches.js';
import { AWS_HOST, hostSeen } from './server.js';
import { ifAllowed, NotOfThisServer, type Finding } from './finding.js';
import { imageFindings } from './images.js';
import { passFindings, trustFindings, type JobService } from './jobRole.js';
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
 * @param bucket   of the runs, whose name is on all that they make; absent where it is not set
 * @param roleArn  of the jobs; absent where it is not set, which is told elsewhere
 * @param assumeRole  taken on for what is looked at
 */
export async function accountFindings(
  {
    region,
    onAws,
    bucket,
    roleArn,
    assumeRole,
  }: { region: string; onAws: boolean; bucket?: string; roleArn?: string; assumeRole?: AssumedRole },
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
  const { questions } = spec.data;
  const batches = questions !== undefined && asksInBatch(questions, questions.most);
  try {
    const found = await Promise.all([
      ifAllowed('quotas', 'servicequotas:ListServiceQuotas', () => quotaFindings(made(ServiceQuotasClient), looked)),
      callerAndRole({ sts: made(STSClient), iam: made(IAMClient) }, { roleArn, batches, region, bucket }),
      batches ? listFindings(made(BedrockClient), region) : [],
      batches
        ? ifAllowed('batch jobs', 'servicequotas:ListServiceQuotas', () => minimumFindings(made(ServiceQuotasClient)))
        : [],
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

interface Called {
  roleArn?: string;
  /** Bedrock takes on the role too. */
  batches: boolean;
  region: string;
  bucket?: string;
}

async function callerAndRole(
  { sts, iam }: { sts: STSClient; iam: IAMClient },
  { roleArn, batches, ...where }: Called,
): Promise<Finding[]> {
  const caller = sts.send(new GetCallerIdentityCommand({}));
  const identity = ifAllowed('identity', 'sts:GetCallerIdentity', async () => [
    { check: 'identity', ok: true, found: (await caller).Arn ?? 'unknown' },
  ]);
  const simulated = (name: string, look: () => Promise<Finding[]>) =>
    ifAllowed(name, 'iam:SimulatePrincipalPolicy', look);
  const calls = batches ? simulated('batch jobs', async () => callFindings(iam, await caller, where)) : [];
  if (roleArn === undefined) return (await Promise.all([identity, calls])).flat();
  const services: JobService[] = ['sagemaker.amazonaws.com', ...(batches ? (['bedrock.amazonaws.com'] as const) : [])];
  const found = await Promise.all([
    identity,
    calls,
    ifAllowed('role', 'iam:GetRole', async () => trustFindings(iam, await caller, roleArn, services)),
    ...services.map((service) => simulated('role', async () => passFindings(iam, await caller, roleArn, service))),
  ]);
  return found.flat();
}

type Client = Parameters<typeof hostSeen>[0] & { destroy(): void };

const keptFromAws = (client: Client): void =>
  hostSeen(client, (host) => {
    if (AWS_HOST.test(host)) throw new NotOfThisServer(host);
  });
