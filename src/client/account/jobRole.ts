/**
 * Who calls AWS, and whether SageMaker may take on the role of the jobs, handed over by that caller.
 * @module
 */
import { GetRoleCommand, SimulatePrincipalPolicyCommand, type IAMClient } from '@aws-sdk/client-iam';
import type { GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts';
import type { Finding } from './finding.js';

const SERVICE = 'sagemaker.amazonaws.com';
const check = 'role';
const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** That the role is there, in the account of the calls, and trusts SageMaker. */
export async function trustFindings(
  iam: Pick<IAMClient, 'send'>,
  { Account }: Pick<GetCallerIdentityCommandOutput, 'Account'>,
  roleArn: string,
): Promise<Finding[]> {
  const [, , , , account] = roleArn.split(':');
  const wrong = (found: string, mend: string): Finding[] => [{ check, ok: false, found, mend }];
  if (account !== Account)
    return wrong(
      `${roleArn} is of account ${account}, and AWS is called in ${Account}`,
      'SageMaker takes roles of its own account alone: correct ATTUNE_ROLE_ARN, or the credentials',
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
  if (trusts(trust)) return [{ check, ok: true, found: `${nameOf(roleArn)} trusts ${SERVICE}` }];
  return wrong(
    `${nameOf(roleArn)} does not trust ${SERVICE}`,
    `let its trust policy allow sts:AssumeRole to the service ${SERVICE}, as JobRole of deploy/attune.yaml does`,
  );
}

interface Policy {
  Statement?: OneOrMore<{
    Effect?: string;
    Action?: OneOrMore<string>;
    Principal?: string | { Service?: OneOrMore<string> };
  }>;
}
type OneOrMore<T> = T | T[];

const trusts = ({ Statement = [] }: Policy): boolean =>
  [Statement].flat().some(({ Effect, Action = [], Principal }) => {
    const services = typeof Principal === 'object' ? [Principal.Service ?? []].flat() : [];
    return (
      Effect === 'Allow' &&
      services.includes(SERVICE) &&
      [Action].flat().some((one) => /^(\*|sts:(\*|AssumeRole))$/i.test(one))
    );
  });

/** Whether the caller's own policies let it hand the role to SageMaker. */
export async function passFindings(
  iam: Pick<IAMClient, 'send'>,
  { Arn = '' }: Pick<GetCallerIdentityCommandOutput, 'Arn'>,
  roleArn: string,
): Promise<Finding[]> {
  const { EvaluationResults = [] } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: await principalOf(iam, Arn),
      ActionNames: ['iam:PassRole'],
      ResourceArns: [roleArn],
      ContextEntries: [
        { ContextKeyName: 'iam:PassedToService', ContextKeyType: 'string', ContextKeyValues: [SERVICE] },
      ],
    }),
  );
  if (EvaluationResults.some(({ EvalDecision }) => EvalDecision === 'allowed'))
    return [{ check, ok: true, found: `${Arn} may hand it to SageMaker` }];
  return [
    {
      check,
      ok: false,
      found: `${Arn} may not hand ${nameOf(roleArn)} to SageMaker (iam:PassRole: ${EvaluationResults[0]?.EvalDecision ?? 'no answer'})`,
      mend: `allow iam:PassRole on ${roleArn} for the service ${SERVICE}, as WorkerPolicy of deploy/attune.yaml does`,
    },
  ];
}

/** Policies hang on the role behind a session; a session's ARN does not tell the role's path. */
async function principalOf(iam: Pick<IAMClient, 'send'>, arn: string): Promise<string> {
  const session = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  if (session === undefined) return arn;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: session }));
  return Role?.Arn ?? arn;
}
