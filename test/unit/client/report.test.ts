import type { S3Client } from '@aws-sdk/client-s3';
import { mkdtemp, readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { report } from '../../../src/client/report/report.js';
import { freshProgress, type Progress } from '../../../src/run/progress.js';
import { FakeS3 } from '../../support/fakeS3.js';

const folder = await mkdtemp(join(tmpdir(), 'attune-report-'));
const run: Progress = {
  ...freshProgress('finetune/t/1', 't'),
  artifacts: { report: 's3://bucket/run/evaluation/report.json', reportHtml: 's3://bucket/run/evaluation/report.html' },
};
const summary = { questions: 1, passages: 1, metrics: {}, comparisons: {}, warnings: [] };

function ask(content: object, to: string) {
  const s3 = new FakeS3();
  s3.put(run.artifacts['report']!, JSON.stringify(content));
  s3.put(run.artifacts['reportHtml']!, '<!doctype html><title>t: evaluation</title>');
  return report({ s3: () => s3 as unknown as S3Client }, run, join(folder, to));
}

test('a report comes whole, with what only its page shows', async () => {
  const content = { version: 1, summary, won: [], lost: [], byDimension: { base: {} } };

  expect(await ask(content, 'whole.html')).toMatchObject({ path: join(folder, 'whole.html'), report: content });
  expect(await readFile(join(folder, 'whole.html'), 'utf8')).toContain('<title>t · evaluation · finetune/t/1</title>');
});

test.each([
  ['of another version', { version: 2, summary, won: [], lost: [] }, 'version'],
  ['without its numbers', { version: 1, won: [], lost: [] }, 'summary'],
])('a report %s is refused by name, and no page is left that says otherwise', async (_, content, place) => {
  await expect(ask(content, 'refused.html')).rejects.toMatchObject({
    type: 'NotAvailable',
    message: expect.stringMatching(new RegExp(`report\\.json is no report: [^]*${place}`)),
  });
  expect(await readdir(folder)).not.toContain('refused.html');
});
