/**
 * Files of judgements whose names the prepare job would refuse.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkFor } from '../../../src/client/inputs/check.js';
import { qrelsProblems } from '../../../src/spec/qrelsFiles.js';

const field = 'data.qrels';

test.each<[string, string[], boolean, object[]]>([
  ['the three splits', ['train.tsv', 'dev.tsv', 'test.tsv'], false, []],
  ['other names of them', ['qrels.train.small.tsv', 'validation.csv', 'notes.md'], true, []],
  ['test.tsv beside test questions of their own', ['train.tsv', 'a/test.tsv'], true, [{ field: 'data.test' }]],
  ['the same under another name', ['train.tsv', 'qrels-test.csv.gz'], true, [{ field: 'data.test' }]],
  ['a name without a split', ['train.tsv', 'more.tsv'], false, [{ field, value: 'more.tsv' }]],
  ['a name with two', ['train-test.tsv'], false, [{ field, value: 'train-test.tsv' }]],
  ['nothing to train on', ['test.tsv'], false, [{ field, value: 'test.tsv' }]],
])('%s', (_, names, hasOwnTest, problems) => {
  expect(qrelsProblems({ field, names, whole: true }, hasOwnTest)).toMatchObject(problems);
});

test('what lies elsewhere may hold the training questions', () => {
  expect(qrelsProblems({ field, names: ['test.tsv'], whole: false }, false)).toEqual([]);
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-qrels-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a BEIR folder with test.tsv beside test questions of their own is refused before anything is uploaded', async () => {
  mkdirSync(join(folder, 'qrels'));
  writeFileSync(join(folder, 'corpus.jsonl'), '{"_id": "d", "text": "some text"}\n');
  writeFileSync(join(folder, 'queries.jsonl'), '{"_id": "q", "text": "a question"}\n');
  for (const split of ['train', 'test']) writeFileSync(join(folder, 'qrels', `${split}.tsv`), 'q\td\t1\n');
  writeFileSync(join(folder, 'own.jsonl'), '{"query": "another question", "document_id": "d"}\n');
  const beir = { corpus: './corpus.jsonl', queries: './queries.jsonl', qrels: './qrels' };
  const checked = (data: object) =>
    checkFor({ region: 'us-east-1' }, { apiVersion: 'attune/v1', name: 'b', data }, { cwd: folder });

  expect(await checked(beir)).toMatchObject({ ok: true });
  expect(await checked({ ...beir, test: './own.jsonl' })).toMatchObject({
    ok: false,
    problems: [{ field: 'data.test', value: 'test.tsv in data.qrels too' }],
  });
});
