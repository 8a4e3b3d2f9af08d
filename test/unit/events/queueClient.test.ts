import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { queueClient } from '../../../src/events/sqs.js';

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
});
afterEach(() => vi.unstubAllEnvs());

/** Where a receive goes, and whose region signs it. */
async function asked(queueUrl: string): Promise<{ host: string; scope: string }> {
  const sqs = queueClient(queueUrl, 'eu-west-1');
  let seen = { host: '', scope: '' };
  sqs.middlewareStack.addRelativeTo(
    () => (args: { request: unknown }) => {
      const { hostname, headers } = args.request as { hostname: string; headers: Record<string, string> };
      seen = { host: hostname, scope: headers['authorization']!.split('/')[2]! };
      throw new Error('not sent');
    },
    { relation: 'after', toMiddleware: 'httpSigningMiddleware' },
  );
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl })).catch(() => undefined);
  sqs.destroy();
  return seen;
}

test("a queue of AWS's is read where it is, of whatever region", async () => {
  expect(await asked('https://sqs.us-east-2.amazonaws.com/111122223333/events')).toEqual({
    host: 'sqs.us-east-2.amazonaws.com',
    scope: 'us-east-2',
  });
});

test("a queue of AWS's is read by the FIPS endpoint, where AWS_USE_FIPS_ENDPOINT asks for those", async () => {
  vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');

  expect(await asked('https://sqs.us-east-2.amazonaws.com/111122223333/events')).toEqual({
    host: 'sqs-fips.us-east-2.amazonaws.com',
    scope: 'us-east-2',
  });
});

test.each(['http://127.0.0.1:9324/000000000000/events', 'https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com/1/events'])(
  'another server is asked itself: %s',
  async (url) => {
    expect(await asked(url)).toEqual({ host: new URL(url).hostname, scope: 'eu-west-1' });
  },
);
