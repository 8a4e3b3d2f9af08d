import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { queueClient } from '../../../src/events/sqs.js';

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
});
afterEach(() => vi.unstubAllEnvs());

/** Where a receive goes, and whose region and key sign it. */
async function asked(queueUrl: string, own?: { accessKeyId: string; secretAccessKey: string }) {
  const sqs = queueClient(queueUrl, 'eu-west-1', own);
  let seen = { host: '', scope: '', key: '' };
  sqs.middlewareStack.addRelativeTo(
    () => (args: { request: unknown }) => {
      const { hostname, headers } = args.request as { hostname: string; headers: Record<string, string> };
      const [key, , scope] = /Credential=(\S+)/.exec(headers['authorization']!)![1]!.split('/');
      seen = { host: hostname, scope: scope!, key: key! };
      throw new Error('not sent');
    },
    { relation: 'after', toMiddleware: 'httpSigningMiddleware' },
  );
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl })).catch(() => undefined);
  sqs.destroy();
  return seen;
}

test("a queue of AWS's is read where it is, of whatever region", async () => {
  expect(await asked('https://sqs.us-east-2.amazonaws.com/111122223333/events')).toMatchObject({
    host: 'sqs.us-east-2.amazonaws.com',
    scope: 'us-east-2',
  });
});

test("a queue of AWS's is read by the FIPS endpoint, where AWS_USE_FIPS_ENDPOINT asks for those", async () => {
  vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');

  expect(await asked('https://sqs.us-east-2.amazonaws.com/111122223333/events')).toMatchObject({
    host: 'sqs-fips.us-east-2.amazonaws.com',
    scope: 'us-east-2',
  });
});

test.each(['http://127.0.0.1:9324/000000000000/events', 'https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com/1/events'])(
  'another server is asked itself: %s',
  async (url) => {
    expect(await asked(url)).toMatchObject({ host: new URL(url).hostname, scope: 'eu-west-1' });
  },
);

test('a queue is read with the credentials that are given for it', async () => {
  const assumed = { accessKeyId: 'assumed', secretAccessKey: 's' };

  expect(await asked('https://sqs.us-east-2.amazonaws.com/1/events', assumed)).toMatchObject({ key: 'assumed' });
});
