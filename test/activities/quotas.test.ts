import { expect, test } from 'vitest';
import { createIoActivities, type Deps } from '../../src/activities/index.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { inActivity as call } from '../support/inActivity.js';
import { jobScripts, smallSpec } from '../support/loop.js';

/** Preflight of a spec on an account with these quotas. */
function preflight(changes: Partial<FineTuneSpecInput>, arrange: (account: FakeSageMaker) => void): Promise<unknown> {
  const account = new FakeSageMaker();
  account.s3.put('s3://test-bucket/pairs.jsonl', '{}');
  arrange(account);
  const settings = { bucket: 'b-1', roleArn: 'arn:aws:iam::000000000000:role/test', prefix: 'a', region: 'us-east-1' };
  const deps = { ...(account.clients as object), settings, pythonDir: jobScripts, propagationMs: 0 } as unknown as Deps;
  return call(createIoActivities(deps).preflight, {
    raw: smallSpec(changes),
    workflowId: 'finetune/x',
    run: '0a1b2c3d',
  });
}

const onGpus = { compute: { evaluate: { instanceType: 'ml.g5.xlarge' } } } as const;

test('a job whose quota is 0 is refused before anything is paid, with its field, its quota and what to do', async () => {
  const started = preflight(onGpus, ({ quotas }) => {
    quotas.values = {
      'ml.m5.xlarge for processing job usage': 5,
      'ml.g5.xlarge for training job usage': 8,
      'ml.g5.xlarge for processing job usage': 0,
    };
  });

  await expect(started).rejects.toMatchObject({
    type: 'QuotaExceeded',
    nonRetryable: true,
    message: expect.stringMatching(
      /compute\.evaluate needs 1 of 'ml\.g5\.xlarge for processing job usage', and the account has 0\. Next: .*Service Quotas.*compute\.evaluate\.instanceType/,
    ) as string,
    details: [[{ field: 'compute.evaluate', quota: 'ml.g5.xlarge for processing job usage', needed: 1, has: 0 }]],
  });
});

test('of a list of types one that has the quota is enough', async () => {
  const types = { compute: { evaluate: { instanceType: ['ml.g5.xlarge', 'ml.g4dn.xlarge'] } } };
  const quotas = { 'ml.g5.xlarge for processing job usage': 0, 'ml.g4dn.xlarge for processing job usage': 1 };

  await expect(preflight(types, (account) => (account.quotas.values = quotas))).resolves.toBeDefined();
});

test('quotas that nobody lets be read hold no run up', async () => {
  await expect(preflight(onGpus, ({ quotas }) => quotas.withoutPermission())).resolves.toBeDefined();
});
