/**
 * Whether the VPC of a spec has the endpoints that jobs without another way out need.
 * @module
 */
import { DescribeSubnetsCommand, DescribeVpcEndpointsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { environmentsIn } from '../../spec/environment.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import type { Finding } from './finding.js';

const check = 'network';

/** @param subnets  network.subnets of the spec */
export async function vpcFindings(
  ec2: Pick<EC2Client, 'send'>,
  spec: FineTuneSpec,
  subnets: string[],
): Promise<Finding[]> {
  const wrong = (found: string, mend: string): Finding[] => [{ check, ok: false, found, mend }];
  const described = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: subnets })).catch((error: unknown) => {
    if ((error as Error).name === 'InvalidSubnetID.NotFound') return undefined;
    throw error;
  });
  if (described === undefined)
    return wrong(
      `not every subnet is there: ${subnets.join(', ')}`,
      'correct network.subnets: subnets of this account and region',
    );
  const vpcs = [...new Set((described.Subnets ?? []).map(({ VpcId }) => VpcId!))];
  if (vpcs.length !== 1)
    return wrong(
      `${subnets.join(', ')} are of several VPCs: ${vpcs.join(', ')}`,
      'name subnets of one VPC in network.subnets',
    );
  const { VpcEndpoints = [] } = await ec2.send(
    new DescribeVpcEndpointsCommand({ Filters: [{ Name: 'vpc-id', Values: vpcs }], MaxResults: 1000 }),
  );
  const there = VpcEndpoints.filter(({ State }) => State?.toLowerCase() === 'available').map(
    ({ ServiceName }) => ServiceName ?? '',
  );
  const missing = servicesOf(spec).filter((service) => !there.some((name) => name.endsWith(`.${service}`)));
  return [
    missing.length === 0
      ? { check, ok: true, found: `${vpcs[0]} has endpoints of all that jobs need of AWS` }
      : {
          check,
          ok: true,
          found: `${vpcs[0]} has no endpoint of ${missing.join(', ')}`,
          mend: 'nothing where its subnets lead to a NAT gateway; else add them: docs/network.md says who needs what',
        },
  ];
}

/** What containers reach of AWS from inside a VPC: docs/network.md. */
function servicesOf(spec: FineTuneSpec): string[] {
  const stages = environmentsIn(spec);
  const variables = stages
    .flatMap(({ environment }) => Object.values(environment))
    .filter((value) => typeof value === 'object');
  const ownImages = [...Object.values(spec.compute), ...(spec.deploy ? [spec.deploy] : [])].some(
    ({ imageUri }) => imageUri,
  );
  return [
    ...['s3', 'logs', 'monitoring'],
    ...(ownImages ? ['ecr.api', 'ecr.dkr'] : []),
    ...(variables.some((value) => 'secretArn' in value) ? ['secretsmanager'] : []),
    ...(variables.some((value) => 'parameter' in value) ? ['ssm'] : []),
    ...(stages.some(({ environment }) => 'CA_REPOSITORY_ARN' in environment)
      ? ['sts', 'codeartifact.api', 'codeartifact.repositories']
      : []),
  ];
}
