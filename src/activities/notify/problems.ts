/**
 * What can be seen of a receiver before anything is paid: whether its references lead somewhere, its topic is there, its sender
 * is verified. Nothing is sent, and what cannot be asked now is no fault of the spec.
 * @module
 */
import { ApplicationFailure } from '@temporalio/common';
import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { GetEmailIdentityCommand } from '@aws-sdk/client-sesv2';
import { isNotFound } from '../../aws/errors.js';
import type { FailureType } from '../../spec/failures.js';
import { isWebhookAddress, receiverOf } from '../../spec/notifySchema.js';
import { problem, type Problem } from '../../spec/problem.js';
import type { Reference } from '../../spec/reference.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import type { Deps } from '../deps.js';
import { secretFrom } from '../secret.js';

export async function notifyProblems(deps: Deps, { notify }: Pick<FineTuneSpec, 'notify'>): Promise<Problem[]> {
  const found = await Promise.all(
    notify.map(async (entry, i) => {
      const receiver = receiverOf(entry);
      switch (receiver?.kind) {
        case 'slack':
        case 'teams':
          return addressProblems(deps, receiver.url, `notify[${i}].${receiver.kind}`);
        case 'webhook': {
          const { url, secret } = receiver;
          return [
            ...(typeof url === 'string' ? [] : await addressProblems(deps, url, `notify[${i}].webhook.url`)),
            ...(secret ? (await resolved(deps, secret, `notify[${i}].webhook.secret`)).problems : []),
          ];
        }
        case 'sns':
          return topicProblems(deps, receiver.topicArn, `notify[${i}].sns`);
        case 'email':
          return senderProblems(deps, receiver.from, `notify[${i}].email.from`);
        case undefined:
          return [];
      }
    }),
  );
  return found.flat();
}

/** Of these it is known that the next attempt ends the same. */
const FOR_GOOD: readonly (string | null | undefined)[] = ['NotFound', 'AccessDenied'] satisfies FailureType[];

async function resolved(
  deps: Deps,
  reference: Reference,
  field: string,
): Promise<{ value?: string; problems: Problem[] }> {
  try {
    return { value: await secretFrom(deps, reference, field), problems: [] };
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || !FOR_GOOD.includes(error.type)) return { problems: [] };
    const rule = "a secret or parameter that is there and that the workers' role may read";
    const mend = `correct it, or grant it (NotifySecretArns, NotifyParameterArns of deploy/attune.yaml); AWS says: ${error.message}`;
    return { problems: [problem(field, reference, rule, mend)] };
  }
}

async function addressProblems(deps: Deps, reference: Reference, field: string): Promise<Problem[]> {
  const { value, problems } = await resolved(deps, reference, field);
  if (value === undefined || isWebhookAddress(value)) return problems;
  const rule = 'a reference to the address of a webhook: https, without a password';
  return [problem(field, reference, rule, 'put the whole address there, and nothing else')];
}

async function topicProblems({ sns, settings }: Deps, topicArn: string, field: string): Promise<Problem[]> {
  const [, , , region] = topicArn.split(':');
  if (region !== settings.region)
    return [problem(field, topicArn, `a topic in ${settings.region}, the workers' region`, 'make one there')];
  try {
    await sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn }));
  } catch (error) {
    if (isNotFound(error)) return [problem(field, topicArn, 'a topic that is there', 'make it, or correct the ARN')];
  }
  return [];
}

/** SES verifies an address, or a domain with all that is below it. */
async function senderProblems(deps: Deps, from: string, field: string): Promise<Problem[]> {
  const domain = from.slice(from.indexOf('@') + 1);
  const above = domain.split('.').map((_, i, labels) => labels.slice(i).join('.'));
  for (const identity of [from, ...above.slice(0, -1)]) {
    const verified = await isVerified(deps, identity);
    if (verified !== false) return [];
  }
  const rule = `a sender that SES has verified in ${deps.settings.region}`;
  return [problem(field, from, rule, `have SES verify ${from} or ${domain}`)];
}

/** @returns undefined where SES does not say */
async function isVerified({ ses }: Deps, identity: string): Promise<boolean | undefined> {
  try {
    const { VerifiedForSendingStatus } = await ses.send(new GetEmailIdentityCommand({ EmailIdentity: identity }));
    return VerifiedForSendingStatus;
  } catch (error) {
    return isNotFound(error) ? false : undefined;
  }
}
