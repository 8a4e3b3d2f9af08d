/** Workers of two AWS accounts that start at once on one queue: when each looks for others, none polls yet. */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, inject, test, vi } from 'vitest';
import { createWorkers, type AttuneWorkers } from '../../src/worker/createWorkers.js';

const settings = { bucket: 'documents', prefix: 'attune', region: 'eu-west-1' };

beforeAll(() => Runtime.install({ logger: new DefaultLogger('ERROR') }));

/** The workers of so many accounts on one queue, none of which has begun to poll. */
async function created(accounts: string[], body: (each: AttuneWorkers[]) => Promise<void>): Promise<void> {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x').stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
  const connections: NativeConnection[] = [];
  const taskQueue = `test-${randomUUID()}`;
  try {
    const each: AttuneWorkers[] = [];
    for (const [i, account] of accounts.entries()) {
      const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
      connections.push(connection);
      const roleArn = `arn:aws:iam::${account}:role/attune`;
      const own = { identity: `worker-${i}`, settings: { ...settings, roleArn }, log: () => undefined };
      each.push(await createWorkers({ connection, taskQueue, ...own }));
    }
    await body(each);
  } finally {
    for (const connection of connections) await connection.close();
    vi.unstubAllEnvs();
  }
}

test('of two accounts at least one gives way, and says whom it has met', async () => {
  await created(['111122223333', '444455556666'], async (each) => {
    const ends = each.map((workers) => workers.run());

    await expect(Promise.all(ends)).rejects.toMatchObject({
      type: 'NotConfigured',
      message: expect.stringMatching(/is polled by a worker of AWS account and region \d{12}\/eu-west-1 \(.*worker-\d/),
      mend: expect.stringContaining('--task-queue'),
    });
    for (const workers of each) workers.shutdown();
    await Promise.allSettled(ends);
  });
});

test('two of one account stay', async () => {
  await created(['111122223333', '111122223333'], async (each) => {
    const ends = Promise.all(each.map((workers) => workers.run()));
    await Promise.race([ends, sleep(5_000)]); // several looks

    for (const workers of each) workers.shutdown();
    await expect(ends).resolves.toBeDefined();
  });
});
