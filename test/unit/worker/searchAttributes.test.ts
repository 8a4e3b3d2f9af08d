import type { NativeConnection } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { registerSearchAttributes } from '../../../src/worker/searchAttributes.js';

const refuse = (code: number) => () => Promise.reject(Object.assign(new Error('no'), { code, details: 'no' }));
const connection = (list: () => Promise<unknown>, add: () => Promise<unknown>, describe = () => Promise.resolve({})) =>
  ({
    operatorService: { listSearchAttributes: list, addSearchAttributes: add },
    workflowService: { describeNamespace: describe },
  }) as unknown as NativeConnection;
const cloud = { address: 'prod.a1b2c.tmprl.cloud:7233', namespace: 'prod.a1b2c' };
const register = (of: NativeConnection) => registerSearchAttributes(of, cloud, () => undefined);

test('a worker that may neither list nor register does not start', async () => {
  await expect(register(connection(refuse(7), refuse(7)))).rejects.toMatchObject({
    message: expect.stringMatching(/may be neither listed nor registered/) as string,
    mend: expect.stringMatching(
      /tcld namespace search-attributes add .*AttuneModel=Keyword.*--search-attributes assume/,
    ) as string,
  });
});

test('a worker that may not use the namespace at all says so', async () => {
  await expect(register(connection(refuse(7), refuse(7), refuse(7)))).rejects.toMatchObject({
    message: expect.stringMatching(/does not allow this: PERMISSION_DENIED/) as string,
    mend: expect.stringMatching(/TEMPORAL_NAMESPACE/) as string,
  });
});

test('a worker whose namespace is unknown says so', async () => {
  await expect(register(connection(refuse(5), refuse(5)))).rejects.toThrow(/knows no namespace prod\.a1b2c/);
});
