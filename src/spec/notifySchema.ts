/**
 * The part of a spec that says who hears of a run: workflows by signal, people by chat, mail and webhook.
 * @module
 */
import { z } from 'zod';
import { referenceSchema, type Reference } from './reference.js';

/** What people are told of, each once: how it ended, that it waits for one of them, that half of its budget is spent. */
export const NEWS = ['done', 'rejected', 'failed', 'cancelled', 'approval', 'halfBudget'] as const;
export type NewsEvent = (typeof NEWS)[number];

const address = referenceSchema("a webhook's address, which is its key,");
const mailAddress = z
  .string()
  .max(320)
  .regex(/^[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9.-]+$/, 'an address such as team@example.org');

/** One of the keys but `on`; which, is a rule's to say. */
export const notifySchema = z.strictObject({
  workflowId: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe('Workflow id of a workflow that waits: it gets the signal fineTuneMilestone'),
  slack: address
    .optional()
    .describe("Where the address of an incoming webhook of Slack lies; the workers' role resolves it"),
  teams: address.optional().describe('The same of a webhook of Microsoft Teams (Workflows)'),
  sns: z.string().max(256).optional().describe("ARN of a topic of SNS, in the workers' region"),
  email: z
    .strictObject({
      from: mailAddress.describe('A sender that SES has verified, in the same region'),
      to: z.array(mailAddress).min(1).max(50).describe('Who gets it'),
    })
    .optional()
    .describe('A mail through SES'),
  webhook: z
    .strictObject({
      url: z
        .union([z.string().max(2048), referenceSchema('an address with a key in it')], {
          error: 'an https address, {secretArn: …} or {parameter: …}',
        })
        .describe('Where JSON is posted: https (http on 127.0.0.1), or where such an address lies'),
      secret: referenceSchema('a secret itself')
        .optional()
        .describe('Where the secret lies that requests are signed with. Default: they are not signed'),
    })
    .optional()
    .describe('Any receiver of signed JSON, in the form of Standard Webhooks'),
  on: z
    .array(z.enum(NEWS))
    .min(1)
    .optional()
    .describe('What people are told of. Default: all of these; workflows hear of every milestone'),
});

export type Notify = z.output<typeof notifySchema>;

/** Who is told: one of the forms, with what it needs. */
export type Receiver =
  | { kind: 'slack'; url: Reference }
  | { kind: 'teams'; url: Reference }
  | { kind: 'sns'; topicArn: string }
  | { kind: 'email'; from: string; to: string[] }
  | { kind: 'webhook'; url: string | Reference; secret?: Reference };

/** @returns undefined where a workflow is meant, or nobody */
export function receiverOf({ slack, teams, sns, email, webhook }: Notify): Receiver | undefined {
  if (slack) return { kind: 'slack', url: slack };
  if (teams) return { kind: 'teams', url: teams };
  if (sns) return { kind: 'sns', topicArn: sns };
  if (email) return { kind: 'email', ...email };
  return webhook && { kind: 'webhook', ...webhook };
}

/**
 * Whether JSON may be posted there: encrypted, or on this machine. A password in an address would stand in logs of others.
 */
export function isWebhookAddress(text: string): boolean {
  try {
    const { protocol, hostname, username, password } = new URL(text);
    if (username || password) return false;
    return protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1');
  } catch {
    return false;
  }
}
