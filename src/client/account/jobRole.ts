/**
 * Who calls AWS, and whether the services that run jobs may take on the role of the jobs, handed over by that caller.
 * @module
 */
import { GetRoleCommand, SimulatePrincipalPolicyCommand, type IAMClient } from '@aws-sdk/client-iam';
import type { GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts';
import type { Finding } from './finding.js';

/** Each by what people call it. */
const SERVICES = { 'sagemaker.amazonaws.com': 'SageMaker', 'bedrock.amazonaws.com': 'Amazon Bedrock' } as const;
export type JobService = keyof typeof SERVICES;

const check = 'role';
const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** That the role is there, in the account of the calls, and trusts each service. */
export async function trustFindings(
  iam: Pick<IAMClient, 'send'>,
  { Account }: Pick<GetCallerIdentityCommandOutput, 'Account'>,
  roleArn: string,
  services: readonly JobService[],
): Promise<Finding[]> {
  const [, , , , account] = roleArn.split(':');
  const wrong = (found: string, mend: string): Finding[] => [{ check, ok: false, found, mend }];
  if (account !== Account)
    return wrong(
      `${roleArn} is of account ${account}, and AWS is called in ${Account}`,
      'a job takes a role of its own account alone: correct ATTUNE_ROLE_ARN, or the credentials',
    );
  const role = await iam.send(new GetRoleCommand({ RoleName: nameOf(roleArn) })).catch((error: unknown) => {
    if (/^NoSuchEntity/.test((error as Error).name)) return undefined;
    throw error;
  });
  if (role?.Role === undefined)
    return wrong(
      `there is no role ${nameOf(roleArn)} in account ${account}`,
      'make it: the output RoleArn of deploy/attune.yaml',
    );
  const trust = JSON.parse(decodeURIComponent(role.Role.AssumeRolePolicyDocument ?? '{}')) as Policy;
  return services.flatMap((service) => {
    if (trusts(trust, service)) return [{ check, ok: true, found: `${nameOf(roleArn)} trusts ${service}` }];
    return wrong(
      `${nameOf(roleArn)} does not trust ${service}`,
      `let its trust policy allow sts:AssumeRole to the service ${service}, as JobRole of deploy/attune.yaml does${forBatches(service)}`,
    );
  });
}

const forBatches = (service: JobService): string =>
  service === 'bedrock.amazonaws.com' ? " with BatchInference: 'true'" : '';

interface Policy {
  Statement?: OneOrMore<{
    Effect?: string;
    Action?: OneOrMore<string>;
    Principal?: string | { Service?: OneOrMore<string> };
  }>;
}
type OneOrMore<T> = T | T[];

const trusts = ({ Statement = [] }: Policy, service: JobService): boolean =>
  [Statement].flat().some(({ Effect, Action = [], Principal }) => {
    const services = typeof Principal === 'object' ? [Principal.Service ?? []].flat() : [];
    return (
      Effect === 'Allow' &&
      services.includes(service) &&
      [Action].flat().some((one) => /^(\*|sts:(\*|AssumeRole))$/i.test(one))
    );
  });

/** Whether the caller's own policies let it hand the role to a service. */
export async function passFindings(
  iam: Pick<IAMClient, 'send'>,
  { Arn = '' }: Pick<GetCallerIdentityCommandOutput, 'Arn'>,
  roleArn: string,
  service: JobService,
): Promise<Finding[]> {
  const { EvaluationResults = [] } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: await principalOf(iam, Arn),
      ActionNames: ['iam:PassRole'],
      ResourceArns: [roleArn],
      ContextEntries: [
        { ContextKeyName: 'iam:PassedToService', ContextKeyType: 'string', ContextKeyValues: [service] },
      ],
    }),
  );
  if (EvaluationResults.some(({ EvalDecision }) => EvalDecision === 'allowed'))
    return [{ check, ok: true, found: `${Arn} may hand it to ${SERVICES[service]}` }];
  return [
    {
      check,
      ok: false,
      found: `${Arn} may not hand ${nameOf(roleArn)} to ${SERVICES[service]} (iam:PassRole: ${EvaluationResults[0]?.EvalDecision ?? 'no answer'})`,
      mend: `allow iam:PassRole on ${roleArn} for the service ${service}, as ${service === 'bedrock.amazonaws.com' ? 'WorkerOptionsPolicy' : 'WorkerPolicy'} of deploy/attune.yaml does${forBatches(service)}`,
    },
  ];
}

/** Policies hang on the role behind a session; a session's ARN does not tell the role's path. */
export async function principalOf(iam: Pick<IAMClient, 'send'>, arn: string): Promise<string> {
  const session = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  if (session === undefined) return arn;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: session }));
  return Role?.Arn ?? arn;
}
