import { expect, test } from 'vitest';
import { createIoActivities, type Deps } from '../../src/activities/index.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { inActivity as call } from '../support/inActivity.js';
import { jobScripts, smallSpec } from '../support/loop.js';

/** Preflight of a spec whose bucket holds these keys. */
function preflight(data: object, ...keys: string[]): Promise<unknown> {
  const { s3, clients } = new FakeSageMaker();
  for (const key of keys) s3.put(`s3://corpus/${key}`, '{}');
  const settings = { bucket: 'b-1', roleArn: 'arn:aws:iam::000000000000:role/test', prefix: 'a', region: 'us-east-1' };
  const deps = { ...(clients as object), settings, pythonDir: jobScripts, propagationMs: 0 } as unknown as Deps;
  const raw = smallSpec({ data, deploy: false });
  return call(createIoActivities(deps).preflight, { raw, workflowId: 'finetune/x', run: '0a1b2c3d' });
}

const refused = (field: string, told: string) => ({
  type: 'SpecRefused',
  message: expect.stringContaining(told) as string,
  details: [[expect.objectContaining({ field })]],
});

test('a file whose key another one begins with is refused: a job would be given both', async () => {
  await expect(preflight({ pairs: 's3://corpus/pairs.jsonl' }, 'pairs.jsonl', 'pairs.jsonl.bak')).rejects.toMatchObject(
    refused('data.pairs', 's3://corpus/pairs.jsonl.bak'),
  );
});

test('a key that only begins as the file is named is not the file', async () => {
  await expect(preflight({ pairs: 's3://corpus/pairs.jsonl' }, 'pairs.jsonl.gz')).rejects.toMatchObject(
    refused('data.pairs', 'exists'),
  );
});

test("a folder without its slash is itself, and not its sibling's", async () => {
  await expect(preflight({ documents: 's3://corpus/docs' }, 'docs-archive/a.md')).rejects.toMatchObject(
    refused('data.documents', 's3://corpus/docs/'),
  );
  await expect(preflight({ documents: 's3://corpus/docs' }, 'docs/a.md', 'docs-archive/a.md')).resolves.toBeDefined();
});

test.each([
  ['test questions in two places', { test: 's3://corpus/own.jsonl' }, ['train', 'test'], 'data.test', 'test.tsv'],
  ['no training questions', {}, ['dev', 'test'], 'data.qrels', 'train.tsv'],
])('%s are refused by the names of the files in S3', async (_, more, splits, field, told) => {
  const beir = { corpus: 's3://corpus/c.jsonl', queries: 's3://corpus/q.jsonl', qrels: 's3://corpus/qrels/', ...more };
  const keys = ['c.jsonl', 'q.jsonl', 'own.jsonl', ...splits.map((split) => `qrels/${split}.tsv`)];

  await expect(preflight(beir, ...keys)).rejects.toMatchObject(refused(field, told));
});
