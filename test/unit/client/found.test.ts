/** What `attune init` takes for data, in folders as people have them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dataAt, dataBeside } from '../../../src/client/inputs/found.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-found-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const BEIR = {
  'corpus.jsonl': '{"_id": "d1", "text": "a passage"}\n',
  'queries.jsonl': '{"_id": "q1", "text": "a question"}\n',
  'qrels/train.tsv': 'query-id\tcorpus-id\tscore\nq1\td1\t1\n',
};
const below = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(BEIR).map(([file, text]) => [`${name}/${file}`, text]));

test.each([
  ['usual names', 'a.jsonl', '{"query": "q", "document": "d"}\n', {}],
  ['those of other tools', 'a.jsonl', '{"anchor": "q", "positive": "d"}\n', {}],
  ['names that are common', 'a.csv', 'question,answer\nq,d\n', { columns: { query: 'question', document: 'answer' } }],
  [
    'semicolons and a mark',
    'a.csv',
    '\uFEFFid;question;context\n1;q;d\n',
    { columns: { query: 'question', document: 'context' } },
  ],
  ['tabs', 'a.tsv', 'query\tpassage\nq\td\n', { columns: { query: 'query', document: 'passage' } }],
])('rows with %s', async (_kind, name, text, columns) => {
  put({ [name]: text });

  expect((await dataBeside(folder)).map(({ data }) => data)).toEqual([{ pairs: `./${name}`, ...columns }]);
  expect(await dataAt(join(folder, name), folder)).toEqual(await dataBeside(folder));
});

test.each([
  ['rows of something else', { 'a.jsonl': '{"name": "x", "price": 3}\n' }],
  ['no rows', { 'a.csv': 'question,answer\n', 'b.jsonl': '' }],
  ['no text', { 'a.jsonl': '{"query": 7, "document": 8}\n' }],
  ['a package', { 'package.json': '{"name": "x"}\n', 'README.md': '# x\n', 'node_modules/a/README.md': '# a\n' }],
  ['what is hidden', { '.git/a.md': '# a\n', '.cache/pairs.md': '# b\n' }],
])('%s is none', async (_kind, files) => {
  put(files);

  expect(await dataBeside(folder)).toEqual([]);
});

test('a judged set goes before documents, its own files are no pairs, and its test is told', async () => {
  put({ ...below('set'), 'docs/a.md': '# a\n', 'docs/deep/b.html': '<h1>b</h1>' });

  const found = await dataBeside(folder);

  expect(found.map(({ data }) => data)).toEqual([
    { corpus: './set/corpus.jsonl', queries: './set/queries.jsonl', qrels: './set/qrels/' },
    { documents: './docs/' },
  ]);
  expect(found[0]!.hasTest).toBe(false);
  expect(found[1]!.words).toBe('./docs/: 2 documents');
  put({ 'set/qrels/test.tsv': BEIR['qrels/train.tsv'] });
  expect((await dataAt(join(folder, 'set'), folder))[0]!.hasTest).toBe(true);
});

test('a folder elsewhere is told by its way there', async () => {
  put({ 'specs/x': '', ...below('set'), 'pages/a.rst': 'A\n=\n' });

  const [judged] = await dataAt(join(folder, 'set'), join(folder, 'specs'));
  const [pages] = await dataAt(join(folder, 'pages'), join(folder, 'specs'));

  expect(judged!.data).toMatchObject({ corpus: '../set/corpus.jsonl' });
  expect(pages!.data).toEqual({ documents: '../pages/' });
});
