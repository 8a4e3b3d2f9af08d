/**
 * Rules on who is told of a run.
 * @module
 */
import { isWebhookAddress, type Notify } from '../notifySchema.js';
import { problem, type Problem } from '../problem.js';
import { faultOfReference, type Reference } from '../reference.js';
import type { Rule } from './rule.js';

const FORMS = ['workflowId', 'slack', 'teams', 'sns', 'email', 'webhook'] as const satisfies (keyof Notify)[];

const eachEntryTellsOne: Rule = ({ notify }) =>
  notify.flatMap((entry, i) => {
    const given = FORMS.filter((form) => entry[form] !== undefined);
    return given.length === 1
      ? []
      : [problem(`notify[${i}]`, given.join(', '), `one of ${FORMS.join(', ')}`, 'write an entry for each')];
  });

const eachReceiverIsNotifiedOnce: Rule = ({ notify }) =>
  notify.flatMap((entry, i) => {
    const form = FORMS.find((one) => entry[one] !== undefined);
    if (form === undefined) return [];
    const written = JSON.stringify(entry[form]);
    const first = notify.findIndex((other) => JSON.stringify(other[form]) === written);
    return first < i
      ? [problem(`notify[${i}].${form}`, `as notify[${first}]`, 'each receiver once', 'remove the repetition')]
      : [];
  });

const references = ({ slack, teams, webhook }: Notify): [field: string, reference: Reference][] =>
  Object.entries({ slack, teams, 'webhook.url': webhook?.url, 'webhook.secret': webhook?.secret }).flatMap(
    ([field, reference]) => (typeof reference === 'object' ? [[field, reference]] : []),
  );

const receiversAreReferences: Rule = ({ notify }) =>
  notify.flatMap((entry, i) =>
    references(entry).flatMap(([field, reference]): Problem[] => {
      const fault = faultOfReference(reference);
      return fault ? [problem(`notify[${i}].${field}.${fault.key}`, fault.value, fault.rule, fault.mend)] : [];
    }),
  );

/** An address may be a key: of one that is refused, nothing is repeated. */
const webhooksArePublicAddresses: Rule = ({ notify }) =>
  notify.flatMap(({ webhook }, i) => {
    const url = webhook?.url;
    if (typeof url !== 'string' || (isWebhookAddress(url) && !/[?#]/.test(url) && !KEYED_HOST.test(url))) return [];
    return [
      problem(
        `notify[${i}].webhook.url`,
        '(an address that is not repeated here)',
        'https://<host>/<path> (http on 127.0.0.1), without user, query or fragment, and none that is a key',
        'keep the address in Secrets Manager or Systems Manager, and write url: {secretArn: …} or {parameter: …}',
      ),
    ];
  });

/** Of services whose addresses let everybody post who knows them. */
const KEYED_HOST =
  /^https?:\/\/([\w-]+\.)*(hooks\.slack(-gov)?\.com|webhook\.office\.com|logic\.azure\.(com|us|cn)|api\.powerplatform\.com|discord(app)?\.com|chat\.googleapis\.com)([/:]|$)/i;

const topicsAreArns: Rule = ({ notify }) =>
  notify.flatMap(({ sns }, i) =>
    sns === undefined || /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/.test(sns)
      ? []
      : [
          problem(
            `notify[${i}].sns`,
            sns,
            'the ARN of a topic, arn:aws:sns:<region>:<account>:<name>',
            'copy the ARN from its page',
          ),
        ],
  );

export const notifyRules = {
  eachEntryTellsOne,
  eachReceiverIsNotifiedOnce,
  receiversAreReferences,
  webhooksArePublicAddresses,
  topicsAreArns,
} as const satisfies Record<string, Rule>;
