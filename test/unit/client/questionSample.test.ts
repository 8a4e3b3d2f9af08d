/**
 * Questions that a model wrote, in a file for a person.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { questionSample } from '../../../src/client/report/questionSample.js';
import type { Progress } from '../../../src/run/progress.js';
import { keptQuestionSchema, type KeptQuestion } from '../../../src/run/questions.js';
import { FakeS3 } from '../../support/fakeS3.js';
import { written } from '../../support/written.js';

const folder = mkdtempSync(join(tmpdir(), 'attune-questions-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = {
  workflowId: 'finetune/t/1',
  stage: 'train',
  artifacts: {
    spec: 's3://bucket/run/spec.json',
    questions: 's3://bucket/run/questions/',
    data: 's3://bucket/run/data/',
  },
} as unknown as Progress;

/** Ten questions about one document, one about each of four others. */
const kept = Array.from({ length: 14 }, (_, i) => ({
  id: `q${i}`,
  query: `question ${i}, "quoted"`,
  document: `Title\nline ${i}`,
  group: i < 10 ? 'long.md' : `short-${i}.md`,
  kind: 'howTo' as const,
}));

function ask(to: string, sample?: number, lines: readonly object[] = kept, of = run) {
  const s3 = new FakeS3();
  const text = lines.map((line) => `${written(keptQuestionSchema, line as KeptQuestion)}\n`).join('');
  s3.put('s3://bucket/run/data/questions/kept.jsonl', text);
  return questionSample({ s3: () => s3 as unknown as S3Client }, of, join(folder, to), sample);
}

test('each document has its turn before one has a second, and a person has still to accept each', async () => {
  const file = await ask('turns.jsonl', 5);

  const lines = readFileSync(file.path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { group: string; accepted: boolean; query: string; document: string });
  expect(new Set(lines.map(({ group }) => group)).size).toBe(5);
  expect(lines.every(({ accepted }) => !accepted)).toBe(true);
  expect(Object.keys(lines[0]!)).toEqual(['accepted', 'query', 'document', 'group', 'id', 'kind']);
  expect(file).toMatchObject({ questions: 5, of: 14, documents: 5 });
});

test('a spreadsheet has a row a question, whatever stands in it, and no formula', async () => {
  const { path } = await ask('sheet.csv', 1, [{ ...kept[0], query: '=HYPERLINK("http://x")' }]);

  const text = readFileSync(path, 'utf8');
  expect(text.startsWith('\uFEFFaccepted,query,document,group,id,kind\r\n')).toBe(true);
  expect(text).toContain('false," =HYPERLINK(""http://x"")","Title\nline 0",long.md,q0,howTo\r\n');
});

test('a file that somebody may be at work on is left alone', async () => {
  writeFileSync(join(folder, 'mine.csv'), 'accepted\n');

  await expect(ask('mine.csv')).rejects.toMatchObject({ type: 'InvalidRequest' });
  expect(readFileSync(join(folder, 'mine.csv'), 'utf8')).toBe('accepted\n');
});

test.each([
  ['a file of another kind', 'some.xlsx', run, 'InvalidRequest'],
  ['a run without questions', 'none.csv', { ...run, artifacts: { spec: run.artifacts['spec'] } }, 'NotAvailable'],
])('%s is refused in words', async (_, to, of, type) => {
  await expect(ask(to, 5, kept, of as Progress)).rejects.toMatchObject({ type });
});
