/**
 * One receiver is told one piece of news: what is sent, what is tried again, what is never said.
 */
import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import type { GetEmailIdentityCommand } from '@aws-sdk/client-sesv2';
import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createNotifyActivities } from '../../src/activities/notify/index.js';
import { notifyProblems } from '../../src/activities/notify/problems.js';
import type { Deps } from '../../src/activities/index.js';
import type { News } from '../../src/run/news.js';
import type { Notify } from '../../src/spec/notifySchema.js';
import { awsError } from '../support/awsError.js';
import { refuseAsAwsDoes } from '../support/awsRefusals.js';
import { FakeS3 } from '../support/fakeS3.js';
import { inActivity } from '../support/inActivity.js';
import { Receiver } from '../support/receiver.js';
import { requestRun } from '../support/requestRun.js';

const news: News = {
  event: 'approval',
  id: 'run-1-approval-1',
  at: '2026-01-05T09:12:00.000Z',
  workflowId: 'finetune/support/20260105-1a2b3c',
  runId: 'run-1',
  name: 'support',
  stage: 'approve',
  status: 'waitingForApproval',
  reasons: ['*bold* <https://evil.example|click> & more\nsecond line'],
  gain: { metric: 'ndcg@10', against: 'base', difference: 0.041, low: 0.02, high: 0.06 },
  report: 's3://bucket/attune/support/1a/evaluation/report.html',
};

/** @param held  what lies behind parameters, by their names */
function told(entry: unknown, { held = {}, attempt = 1, ...clients }: Told = {}) {
  const s3 = clients.s3 ?? new FakeS3();
  const parameters = {
    send: async ({ input }: { input: { Name: string } }) => {
      if (!(input.Name in held)) throw awsError('ParameterNotFound', 'no such parameter', 400);
      return { Parameter: { Value: held[input.Name] } };
    },
  };
  const page = (namespace: string, workflowId: string, runId: string) =>
    `https://ui.example.org/${namespace}/${encodeURIComponent(workflowId)}/${runId}`;
  const deps = { s3, parameters, page, ...clients } as unknown as Deps;
  const { tellPeople } = createNotifyActivities(deps);
  return inActivity(tellPeople, { run: requestRun({}), index: 1, entry, news }, { attempt });
}
interface Told {
  held?: Record<string, string>;
  attempt?: number;
  s3?: FakeS3;
  sns?: object;
  ses?: object;
}

async function listening(): Promise<Receiver> {
  const receiver = await Receiver.start();
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  return receiver;
}

const failureOf = async (done: Promise<unknown>) => {
  const error = await done.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error as { type: string; message: string; nonRetryable: boolean; nextRetryDelay?: unknown; cause?: unknown };
};

test('Slack gets one text, in which nothing of a run is markup, with what can be typed and a link', async () => {
  const slack = await listening();

  await told({ slack: { parameter: '/attune/slack' } }, { held: { '/attune/slack': slack.url } });

  const { text } = JSON.parse(slack.received[0]!.body) as { text: string };
  expect(text).toContain('*support waits for approval*');
  expect(text).toContain('ndcg@10 +0.041 [+0.020 to +0.060] against the base');
  expect(text).toContain('&lt;https://evil.example|click&gt; &amp; more second line');
  expect(text).toContain('attune approve finetune/support/20260105-1a2b3c --by "your name"');
  expect(text).toContain('<https://ui.example.org/default/finetune%2Fsupport%2F20260105-1a2b3c/run-1|');
});

test('Teams gets an adaptive card, in which nothing of a run is markup', async () => {
  const teams = await listening();

  await told({ teams: { parameter: '/t' } }, { held: { '/t': teams.url } });

  const { attachments } = JSON.parse(teams.received[0]!.body) as { attachments: { content: unknown }[] };
  expect(attachments[0]).toMatchObject({
    contentType: 'application/vnd.microsoft.card.adaptive',
    content: { type: 'AdaptiveCard', actions: [{ type: 'Action.OpenUrl' }] },
  });
  expect(JSON.stringify(attachments[0]!.content)).toContain('\\\\*bold\\\\*');
});

test.each([
  ['text of its own', 'a shared secret', Buffer.from('a shared secret')],
  ['a key of Standard Webhooks', 'whsec_AAECAwQFBgc=', Buffer.from([0, 1, 2, 3, 4, 5, 6, 7])],
])('a webhook can tell by %s who it is that posts, and when', async (_, secret, key) => {
  const hook = await listening();

  await told({ webhook: { url: hook.url, secret: { parameter: '/s' } } }, { held: { '/s': secret } });

  const [{ body, headers }] = hook.received as [(typeof hook.received)[0]];
  const signed = `${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`;
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(5);
  expect(JSON.parse(body)).toMatchObject({
    type: 'attune.run.approval',
    id: headers['webhook-id'],
    timestamp: news.at,
    data: { workflowId: news.workflowId, name: 'support', gain: { difference: 0.041 } },
  });
});

test('SNS and SES get what their service models take, and a FIFO topic what it needs', async () => {
  const sent: object[] = [];
  const checking = (service: string, operations: string[]) => ({
    send: async (command: { constructor: { name: string }; input: object }) => {
      refuseAsAwsDoes(service, operations, command.constructor.name.replace(/Command$/, ''), command.input);
      sent.push(command.input);
      return {};
    },
  });
  const sns = checking('sns', ['Publish']);
  const ses = checking('sesv2', ['SendEmail']);

  await told({ sns: 'arn:aws:sns:us-east-1:111122223333:runs' }, { sns });
  await told({ sns: 'arn:aws:sns:us-east-1:111122223333:runs.fifo' }, { sns });
  await told({ email: { from: 'attune@example.org', to: ['team@example.org'] } }, { ses });

  expect(sent).toMatchObject([
    { Subject: 'support waits for approval', MessageAttributes: { event: { StringValue: 'approval' } } },
    { MessageGroupId: 'support', MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/) },
    {
      FromEmailAddress: 'attune@example.org',
      Content: { Simple: { Subject: { Data: 'support waits for approval' } } },
    },
  ]);
});

test('what was told is not told again by a later attempt; without the record it is, under the same id', async () => {
  const hook = await listening();
  const s3 = new FakeS3();
  const entry = { webhook: { url: hook.url } };

  expect(await told(entry, { s3 })).toEqual({ told: true });
  expect(await told(entry, { s3, attempt: 2 })).toEqual({ told: false });
  s3.objects.clear();
  expect(await told(entry, { s3, attempt: 3 })).toEqual({ told: true });

  expect(hook.received.map(({ headers }) => headers['webhook-id'])).toEqual([news.id, news.id]);
});

test.each([
  [500, 'Unavailable', false],
  [408, 'Unavailable', false],
  [404, 'RequestRefused', true],
  [410, 'RequestRefused', true],
  [403, 'AccessDenied', true],
])('a receiver that answers %i: %s, final %s, and its address is in no message', async (status, type, final) => {
  const hook = await listening();
  hook.willAnswer(status);

  const failure = await failureOf(told({ slack: { parameter: '/s' } }, { held: { '/s': hook.url } }));

  expect(failure).toMatchObject({ type, nonRetryable: final, message: expect.stringContaining('notify[1] (slack)') });
  expect(JSON.stringify([failure, failure.message])).not.toMatch(/s3cret|127\.0\.0\.1/);
});

test('a busy receiver is asked again when it says, but within a minute', async () => {
  const hook = await listening();
  hook.willAnswer((response) => response.writeHead(429, { 'retry-after': '3600' }).end());

  const failure = await failureOf(told({ webhook: { url: hook.url } }));

  expect(failure).toMatchObject({ type: 'Throttled', nonRetryable: false, nextRetryDelay: 60_000 });
});

test('no redirect is followed: it may lead to what only the worker reaches', async () => {
  const [hook, inside] = [await listening(), await listening()];
  hook.willAnswer((response) => response.writeHead(307, { location: inside.url }).end());

  const failure = await failureOf(told({ webhook: { url: hook.url } }));

  expect(failure).toMatchObject({ type: 'RequestRefused', nonRetryable: true });
  expect(inside.received).toEqual([]);
});

test.each(['http://example.org/hook', 'file:///etc/passwd', 'https://me:word@example.org/', 'somewhere else'])(
  'a reference that leads to %s posts nothing and says nothing of it',
  async (address) => {
    const failure = await failureOf(told({ slack: { parameter: '/s' } }, { held: { '/s': address } }));

    expect(failure).toMatchObject({ type: 'RequestRefused', nonRetryable: true });
    expect(failure.message).not.toContain(address);
  },
);

test('a receiver that hangs is given up within its time, one that is not there at once', async () => {
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    const soon = new AbortController();
    setTimeout(() => soon.abort(new DOMException('soon', 'TimeoutError')), 50); // instead of ten seconds
    return soon.signal;
  });
  onTestFinished(() => void vi.restoreAllMocks());
  const hook = await listening();
  hook.willAnswer('hangs');

  const hanging = await failureOf(told({ webhook: { url: hook.url } }));
  const { url } = hook;
  await hook[Symbol.asyncDispose]();
  const gone = await failureOf(told({ webhook: { url } }));

  expect(hanging).toMatchObject({ type: 'Unavailable', nonRetryable: false, message: expect.stringContaining('10 s') });
  expect(gone).toMatchObject({
    type: 'Unavailable',
    nonRetryable: false,
    message: expect.stringContaining('ECONNREFUSED'),
  });
  for (const { message, cause } of [hanging, gone]) {
    expect(message).not.toMatch(/s3cret|127\.0\.0\.1/);
    expect(cause).toBeUndefined();
  }
});

test('an answer without an end keeps no slot', async () => {
  const hook = await listening();
  hook.willAnswer((response) => {
    response.writeHead(200);
    response.write('and then');
  });

  expect(await told({ webhook: { url: hook.url } })).toEqual({ told: true });
});

test('an entry that no spec could have sends nothing', async () => {
  const hook = await listening();
  for (const entry of [{}, { webhook: { url: `${hook.url}?key=1` } }, { slack: hook.url }, { sns: 'here' }])
    expect(await failureOf(told(entry))).toMatchObject({ type: 'RequestRefused', nonRetryable: true });

  expect(hook.received).toEqual([]);
});

test('what cannot work is refused before anything is paid: each by its field, and without what it held', async () => {
  const parameters = {
    send: async ({ input }: { input: { Name: string } }) => {
      if (input.Name === '/missing') throw awsError('ParameterNotFound', 'no such parameter', 400);
      if (input.Name === '/down') throw awsError('InternalServerError', 'sorry', 500);
      return { Parameter: { Value: 'http://10.0.0.1/s3cret' } };
    },
  };
  const sns = {
    send: async (command: object) => {
      expect(command).toBeInstanceOf(GetTopicAttributesCommand);
      throw awsError('NotFoundException', 'Topic does not exist', 404);
    },
  };
  const asked: string[] = [];
  const ses = {
    send: async (command: object) => {
      const { EmailIdentity } = (command as GetEmailIdentityCommand).input;
      asked.push(EmailIdentity!);
      if (EmailIdentity === 'good.org') return { VerifiedForSendingStatus: true };
      throw awsError('NotFoundException', 'no identity', 404);
    },
  };
  const deps = { parameters, sns, ses, settings: { region: 'us-east-1' } } as unknown as Deps;
  const notify: Notify[] = [
    { workflowId: 'nightly' },
    { slack: { parameter: '/missing' } },
    { teams: { parameter: '/plain' } },
    { webhook: { url: { parameter: '/plain' }, secret: { parameter: '/missing' } } },
    { slack: { parameter: '/down' } },
    { sns: 'arn:aws:sns:us-east-1:111122223333:gone' },
    { sns: 'arn:aws:sns:eu-west-1:111122223333:far' },
    { email: { from: 'a@mail.good.org', to: ['b@good.org'] } },
    { email: { from: 'a@bad.org', to: ['b@good.org'] } },
  ];

  const problems = await inActivity((one: Notify[]) => notifyProblems(deps, { notify: one }), notify);

  expect(problems.map(({ field }) => field)).toEqual([
    ...['notify[1].slack', 'notify[2].teams', 'notify[3].webhook.url', 'notify[3].webhook.secret'],
    ...['notify[5].sns', 'notify[6].sns', 'notify[8].email.from'],
  ]);
  expect(JSON.stringify(problems)).not.toContain('s3cret');
  expect(asked.sort()).toEqual(['a@bad.org', 'a@mail.good.org', 'bad.org', 'good.org', 'mail.good.org']);
});
