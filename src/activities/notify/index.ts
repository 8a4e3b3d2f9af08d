/**
 * Tells one receiver one piece of news.
 *
 * At least once: an attempt that fails is repeated by Temporal. Not louder: what has been told is on record in the run's folder,
 * and a later attempt finds it there. Between a receiver's answer and that record a worker can die: then the same is told twice,
 * under the same id.
 * @module
 */
import { Context, log } from '@temporalio/activity';
import { PublishCommand } from '@aws-sdk/client-sns';
import { SendEmailCommand } from '@aws-sdk/client-sesv2';
import { z } from 'zod';
import { sha256 } from '../../aws/hash.js';
import { notifiedFile } from '../../run/files.js';
import type { News } from '../../run/news.js';
import type { Run } from '../../run/run.js';
import { fail } from '../../spec/failures.js';
import { notifySchema, receiverOf, type Notify, type Receiver } from '../../spec/notifySchema.js';
import { notifyRules } from '../../spec/rules/notify.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { calling, now } from '../call.js';
import type { Deps } from '../deps.js';
import { readRecord, writeRecord } from '../records.js';
import { secretFrom } from '../secret.js';
import { slackBody, teamsBody, webhookBody } from './forms.js';
import { postJson } from './post.js';
import { signedHeaders } from './signature.js';
import { asText, wordsOf, type Words } from './words.js';

export interface TellPeople {
  /** Whose folder has the record; absent where the spec was refused: then Temporal's own repetition is all there is. */
  run?: Pick<Run, 'folder' | 'spec'>;
  /** Its place in the spec's `notify`, from 0. */
  index: number;
  /** As the spec has it: of a refused one unchecked. */
  entry: unknown;
  news: News;
}

const toldBefore = z.object({ version: z.literal(1), id: z.string() });

export const createNotifyActivities = (deps: Deps) => ({
  /**
   * @returns whether it was told now: false where an earlier attempt did so
   * @throws a failure of the table, without the receiver's address: the run goes on without
   */
  async tellPeople({ run, index, entry, news }: TellPeople): Promise<{ told: boolean }> {
    const receiver = checked(entry, index);
    const who = `notify[${index}] (${receiver.kind})`;
    const mark = run && notifiedFile(run, sha256(`${news.id}\n${index}`));
    const { attempt } = Context.current().info;
    if (run && mark && attempt > 1 && (await readRecord(deps, mark, toldBefore))) return { told: false };
    await tell(deps, receiver, who, news, index);
    if (run && mark) {
      const { id, event } = news;
      await writeRecord(deps, run, mark, { version: 1, id, event, who, at: now() }).catch((error: unknown) => {
        log.warn('what was told could not be put on record: another attempt would tell it again', { who, error });
      });
    }
    return { told: true };
  },
});

/** @throws RequestRefused for an entry that no spec could have: nothing is sent by it */
function checked(entry: unknown, index: number): Receiver {
  const parsed = notifySchema.safeParse(entry);
  const faults = parsed.success ? faultsOf(parsed.data) : [];
  const receiver = parsed.success && faults.length === 0 ? receiverOf(parsed.data) : undefined;
  if (receiver) return receiver;
  throw fail('RequestRefused', `notify[${index}] names nobody who could be told`, { mend: 'correct it in the spec' });
}

const faultsOf = (entry: Notify): unknown[] =>
  Object.values(notifyRules).flatMap((rule) => rule({ notify: [entry] } as FineTuneSpec, {}));

async function tell(deps: Deps, receiver: Receiver, who: string, news: News, index: number): Promise<void> {
  const { workflowNamespace = 'default' } = Context.current().info;
  const words = wordsOf(news, deps.page?.(workflowNamespace, news.workflowId, news.runId));
  switch (receiver.kind) {
    case 'slack':
    case 'teams': {
      const url = await secretFrom(deps, receiver.url, `notify[${index}].${receiver.kind}`);
      const body = receiver.kind === 'slack' ? slackBody(words) : teamsBody(words);
      return postJson(url, who, JSON.stringify(body));
    }
    case 'webhook': {
      const url =
        typeof receiver.url === 'string'
          ? receiver.url
          : await secretFrom(deps, receiver.url, `notify[${index}].webhook.url`);
      const secret = receiver.secret && (await secretFrom(deps, receiver.secret, `notify[${index}].webhook.secret`));
      const body = JSON.stringify(webhookBody(news, words));
      return postJson(url, who, body, signedHeaders(news.id, body, secret, Math.floor(Date.now() / 1000)));
    }
    case 'sns':
      await calling(`telling ${who}`, deps, () =>
        deps.sns.send(new PublishCommand(publication(receiver, news, words))),
      );
      return;
    case 'email':
      await calling(`telling ${who}`, deps, () => deps.ses.send(new SendEmailCommand(mail(receiver, words))));
  }
}

/** SNS takes subjects of ASCII, up to 99 characters. A FIFO topic drops what it has had within five minutes. */
function publication({ topicArn }: Extract<Receiver, { kind: 'sns' }>, { id, event, name }: News, words: Words) {
  const fifo = topicArn.endsWith('.fifo') ? { MessageGroupId: name, MessageDeduplicationId: sha256(id) } : {};
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  return {
    TopicArn: topicArn,
    Subject: words.headline.replace(/[^\x20-\x7e]/g, '?').slice(0, 99),
    Message: asText(words),
    MessageAttributes: { event: text(event), name: text(name), id: text(id) },
    ...fifo,
  };
}

const mail = ({ from, to }: Extract<Receiver, { kind: 'email' }>, words: Words) => ({
  FromEmailAddress: from,
  Destination: { ToAddresses: to },
  Content: {
    Simple: {
      Subject: { Data: words.headline, Charset: 'UTF-8' },
      Body: { Text: { Data: asText(words), Charset: 'UTF-8' } },
    },
  },
});
