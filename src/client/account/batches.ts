/**
 * Whether a batch job of Amazon Bedrock can be asked for, which a spec with `data.questions.batch` takes.
 * @module
 */
import { ListModelInvocationJobsCommand, type BedrockClient } from '@aws-sdk/client-bedrock';
import { SimulatePrincipalPolicyCommand, type IAMClient } from '@aws-sdk/client-iam';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts';
import { quotasIn } from '../../aws/quotas.js';
import { TAG } from '../../aws/tags.js';
import { FEWEST_RECORDS } from '../../spec/batch.js';
import { fromAws } from '../aws.js';
import { NotOfThisServer, type Finding } from './finding.js';
import { principalOf } from './jobRole.js';

const check = 'batch jobs';
const mend = "set BatchInference: 'true' beside ModelArns of deploy/attune.yaml; or batch: never";

/** That Bedrock answers, and lists batch jobs: a run finds its own so. */
export async function listFindings(bedrock: Pick<BedrockClient, 'send'>, region: string): Promise<Finding[]> {
  try {
    await bedrock.send(new ListModelInvocationJobsCommand({ maxResults: 1 }));
    return [{ check, ok: true, found: `Amazon Bedrock lists those of ${region}` }];
  } catch (error) {
    if (error instanceof NotOfThisServer) return [];
    return [
      { check, ok: false, found: (fromAws(error, 'listing batch jobs of Amazon Bedrock') as Error).message, mend },
    ];
  }
}

/** What is called of a run's own job. */
const CALLED = ['Create', 'Get', 'Stop'].map((verb) => `bedrock:${verb}ModelInvocationJob`);

/** Whether the caller's own policies let it make jobs in the name of a stack, and look at them and stop them. */
export async function callFindings(
  iam: Pick<IAMClient, 'send'>,
  { Arn = '', Account = '' }: Pick<GetCallerIdentityCommandOutput, 'Arn' | 'Account'>,
  { region, bucket }: { region: string; bucket?: string },
): Promise<Finding[]> {
  const [, partition = 'aws'] = Arn.split(':');
  const tagged = ['aws:RequestTag', 'aws:ResourceTag'].map((key) => ({
    ContextKeyName: `${key}/${TAG.bucket}`,
    ContextKeyType: 'string' as const,
    ContextKeyValues: [bucket ?? ''],
  }));
  const { EvaluationResults = [] } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: await principalOf(iam, Arn),
      ActionNames: CALLED,
      ResourceArns: [`arn:${partition}:bedrock:${region}:${Account}:model-invocation-job/*`],
      ContextEntries: bucket === undefined ? [] : tagged,
    }),
  );
  const denied = EvaluationResults.filter(({ EvalDecision }) => EvalDecision !== 'allowed');
  if (denied.length === 0) return [{ check, ok: true, found: `${Arn} may start, see and stop them` }];
  const words = denied.map(({ EvalActionName, EvalDecision }) => `${EvalActionName}: ${EvalDecision}`).join(', ');
  return [{ check, ok: false, found: `${Arn} may not all that they take (${words})`, mend }];
}

/** Quotas are told by the models' names for people, a spec names a model by its id: so each that asks for more is told. */
const MINIMUM = /^Minimum number of records per batch inference job/;

export async function minimumFindings(client: Pick<ServiceQuotasClient, 'send'>): Promise<Finding[]> {
  const minimums = [...(await quotasIn(client, 'bedrock'))].filter(([name]) => MINIMUM.test(name));
  const higher = minimums.filter(([, value]) => value > FEWEST_RECORDS);
  if (minimums.length === 0) return [];
  if (higher.length === 0) return [{ check, ok: true, found: `each model takes a job of ${FEWEST_RECORDS} records` }];
  return higher.map(([name, value]) => ({
    check,
    ok: true,
    found: `'${name}' is ${value}, and a run starts a job from ${FEWEST_RECORDS} on, which then fails`,
    mend: 'where it is of the model of the spec: more passages (data.questions.most), or batch: never',
  }));
}
