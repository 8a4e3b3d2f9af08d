import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkSpec } from '../../../src/client/inputs/specFile.js';
import { refusal } from '../../../src/spec/problem.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-spec-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
test('bases take the place of what a spec would have trained; of its training only the length of texts counts', async () => {
  const spec = {
    apiVersion: 'attune/v1',
    name: 'which-base',
    data: { pairs: 's3://bucket/pairs.jsonl' },
    train: { epochs: 5, maxSeqLength: 64, dimensions: [1024] },
    tune: { trials: 2 },
    gate: { metric: 'mrr@10', guards: [{ name: 'g', corpus: 'c.jsonl', queries: 'q.jsonl', qrels: 'q.tsv' }] },
    registry: { group: 'models' },
    deploy: { endpoint: 'search' },
    index: { store: 'pgvector', url: { variable: 'ATTUNE_INDEX_URL' }, table: 'docs' },
  };

  const checked = await checkSpec(spec, undefined, ['me/one', 's3://bucket/two/']);

  expect(checked).toMatchObject({
    ok: true,
    input: {
      base: 'me/one',
      bases: ['me/one', 's3://bucket/two/'],
      train: { maxSeqLength: 64 },
      gate: { metric: 'mrr@10' },
      deploy: { endpoint: 'search' },
    },
    local: [],
  });
  for (const key of ['tune', 'registry', 'index']) expect(checked.ok && checked.input).not.toHaveProperty(key);
  expect(await checkSpec(spec, undefined, [])).toMatchObject({ ok: false });
});

const problemsOf = async (spec: string | object) => {
  const checked = await checkSpec(spec, folder);
  return checked.ok ? [] : checked.problems;
};
const minimal = 'apiVersion: attune/v1\nname: a\ndata: {pairs: ./pairs.jsonl}\n';

test('relative paths start at the spec file, wherever it is read from', async () => {
  write('pairs.jsonl', '{"query": "q", "document": "d"}\n');
  const file = write('attune.yaml', minimal);

  const checked = await checkSpec(file, '/');

  expect(checked).toMatchObject({ ok: true, local: [{ field: 'data.pairs', path: join(folder, 'pairs.jsonl') }] });
});

test('JSON is read as well as YAML', async () => {
  write('pairs.jsonl', '{"query": "q", "document": "d"}\n');
  const file = write(
    'attune.json',
    JSON.stringify({ apiVersion: 'attune/v1', name: 'a', data: { pairs: './pairs.jsonl' } }),
  );

  expect(await checkSpec(file)).toMatchObject({ ok: true });
});

test('a file that is not there is a fault of its field', async () => {
  const file = write('attune.yaml', minimal);

  expect(await problemsOf(file)).toEqual([expect.objectContaining({ field: 'data.pairs', value: './pairs.jsonl' })]);
});

test('every missing file is told, not the first only', async () => {
  const spec = {
    apiVersion: 'attune/v1',
    name: 'a',
    data: { corpus: './c', queries: './q', qrels: './r' },
    base: './m',
  };

  expect((await problemsOf(spec)).map(({ field }) => field)).toEqual([
    'data.corpus',
    'data.queries',
    'data.qrels',
    'base',
  ]);
});

test('the files of a guard set are looked at like the data, each by its field', async () => {
  write('pairs.jsonl', '{"query": "q", "document": "d"}\n');
  write('c.jsonl', '{"name": "1"}\n');
  const guard = { name: 'general', corpus: './c.jsonl', queries: './q.jsonl', qrels: './test.tsv' };
  const spec = { apiVersion: 'attune/v1', name: 'a', data: { pairs: './pairs.jsonl' }, gate: { guards: [guard] } };

  expect((await problemsOf(spec)).map(({ field, rule }) => [field, rule.split(' ').slice(0, 2).join(' ')])).toEqual([
    ['gate.guards[0].queries', 'a file'],
    ['gate.guards[0].qrels', 'a file'],
    ['gate.guards[0].corpus', 'what the'],
    ['gate.guards[0].corpus', 'what the'],
  ]);
});

test('YAML that cannot be read is refused by line', async () => {
  const file = write('attune.yaml', 'apiVersion: attune/v1\nname: a\nname: b\n');

  expect(await problemsOf(file)).toEqual([
    expect.objectContaining({ mend: expect.stringMatching(/^line 3: /) as string }),
  ]);
});

test('a spec that is not there says how to write one', async () => {
  expect(await problemsOf('none.yaml')).toEqual([
    expect.objectContaining({ mend: expect.stringContaining('attune init') as string }),
  ]);
});

test('a file of megabytes is no spec, and is not read', async () => {
  const file = write('pairs.jsonl', '{"query": "q", "document": "d"}\n'.repeat(40_000));

  expect(await problemsOf(file)).toEqual([expect.objectContaining({ rule: 'a spec of at most 128 KiB' })]);
});

test.each([
  ['no JSON', 'question,answer\n', 'pairs.jsonl:1: it is not JSON'],
  ['other keys', '{"question": "q", "document": "d"}\n', 'write columns: {query: question}'],
  ['an empty file', '', 'name files that hold some'],
])('pairs that begin with %s are refused before anything is uploaded', async (_, text, mend) => {
  write('pairs.jsonl', text);

  expect(await problemsOf(write('attune.yaml', minimal))).toEqual([
    expect.objectContaining({ field: 'data.pairs', mend: expect.stringContaining(mend) as string }),
  ]);
});

test('a folder where a file belongs is refused', async () => {
  write('pairs.jsonl', '{"query": "q", "document": "d"}\n');
  for (const name of ['corpus.jsonl', 'qrels.tsv']) mkdirSync(join(folder, name));
  const guard = { name: 'g', corpus: './corpus.jsonl', queries: './corpus.jsonl', qrels: './qrels.tsv' };
  const spec = { apiVersion: 'attune/v1', name: 'a', data: { pairs: './pairs.jsonl' }, gate: { guards: [guard] } };

  for (const { rule } of await problemsOf(spec)) expect(rule).toContain('not a folder');
  expect(await problemsOf(spec)).toHaveLength(3);
});

test('data may be a folder, or several files', async () => {
  mkdirSync(join(folder, 'parts'));
  write('parts/part-0.json', '{"query": "q", "document": "d"}\n');
  write('more.csv', 'query,document\nq,d\n');
  const named = (pairs: unknown) => checkSpec({ apiVersion: 'attune/v1', name: 'a', data: { pairs } }, folder);

  expect(await named('./parts')).toMatchObject({ ok: true, local: [{ field: 'data.pairs', folder: true }] });
  expect(await named(['./parts', './more.csv'])).toMatchObject({
    ok: true,
    local: [{ field: 'data.pairs[0]' }, { field: 'data.pairs[1]' }],
  });
  write('more.csv', 'query,answer\nq,d\n');
  expect(await named(['./parts', './more.csv'])).toMatchObject({
    problems: [{ field: 'data.pairs[1]', value: 'more.csv:2' }],
  });
});

const SECRET = 'hunter2';

test.each([
  ['passwords', `root:${SECRET}:0:0:root\n`],
  ['an environment', `TOKEN=${SECRET}\0HOME=/root\0`],
  ['a mapping', `password: ${SECRET}\n`],
  ['a Kubernetes secret', `apiVersion: v1\nkind: Secret\ndata: {password: ${SECRET}}\n`],
  ['broken YAML', `a: b: ${SECRET}\n`],
  ['an alias', `a: *${SECRET}\n`],
  ['a tag', `a: !${SECRET} b\n`],
  ['a list', `- ${SECRET}\n`],
])('nothing of a file of %s is shown, whoever names it', async (_, text) => {
  const file = write('some.txt', text);
  const named = (part: object) => ({ apiVersion: 'attune/v1', name: 'a', data: { pairs: './p.jsonl' }, ...part });
  write('p.jsonl', '{"query": "q", "document": "d"}\n');

  for (const problems of [
    await problemsOf(file),
    await problemsOf(named({ data: { pairs: file } })),
    await problemsOf(named({ data: { corpus: file, queries: file, qrels: file } })),
    await problemsOf(named({ prices: file })),
  ]) {
    expect(problems.length).toBeGreaterThan(0);
    expect(refusal(problems)).not.toContain(SECRET);
  }
});

test('JSON lines with other keys are told by their place and their keys, not by what stands under them', async () => {
  write('pairs.jsonl', `{"password": "${SECRET}"}\n`);

  const problems = await problemsOf(write('attune.yaml', minimal));

  expect(problems).toMatchObject([{ field: 'data.pairs', value: 'pairs.jsonl:1' }, { field: 'data.pairs' }]);
  expect(refusal(problems)).not.toContain(SECRET);
});

test.each(['/dev/zero', '/dev/null', 'fifo'])(
  '%s is no file to read, in any place',
  async (path) => {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    write('p.jsonl', '{"query": "q", "document": "d"}\n');
    const named = { apiVersion: 'attune/v1', name: 'a', data: { pairs: './p.jsonl' } };

    expect(await problemsOf(path)).toMatchObject([{ rule: 'a spec file' }]);
    expect(await problemsOf({ ...named, prices: path })).toMatchObject([{ field: 'prices' }]);
    for (const data of [{ pairs: path }, { documents: path }])
      expect(await problemsOf({ ...named, data })).toMatchObject([
        { rule: expect.stringMatching(/^a (file|folder)/) as string },
      ]);
  },
  5_000,
);

test.each(['..', '../../../etc', './empty', '~/..', './file'])('the base %s is no model', async (base) => {
  mkdirSync(join(folder, 'empty'));
  write('file', '');
  write('pairs.jsonl', '{"query": "q", "document": "d"}\n');
  const spec = { apiVersion: 'attune/v1', name: 'a', data: { pairs: './pairs.jsonl' }, base };

  expect(await problemsOf(spec)).toMatchObject([{ field: 'base', value: base }]);
});

test.each(['config.json', 'modules.json'])('a folder with %s is a model', async (name) => {
  mkdirSync(join(folder, 'model'));
  write(`model/${name}`, '{}');
  symlinkSync(join(folder, 'model'), join(folder, 'link'));
  write('pairs.jsonl', '{"query": "q", "document": "d"}\n');
  const spec = { apiVersion: 'attune/v1', name: 'a', data: { pairs: './pairs.jsonl' } };

  for (const base of ['./model', './link']) expect(await problemsOf({ ...spec, base })).toEqual([]);
});

test('a file of as many keys as there may be is answered at once', async () => {
  let text = 'apiVersion: attune/v1\nname: a\n';
  for (let i = 0; text.length < 130_000; i += 1) text += `k${i.toString(36)}: 1\n`;

  const since = performance.now();
  expect(await problemsOf(write('attune.yaml', text))).toMatchObject([{ rule: 'at most 64 KB as JSON' }]);
  expect(performance.now() - since).toBeLessThan(15_000);
});

const ownSource = (source: object) => ({
  apiVersion: 'attune/v1',
  name: 'a',
  data: { pairs: 's3://bucket/pairs.jsonl' },
  index: { store: 'pgvector', url: { variable: 'ATTUNE_INDEX_URL' }, table: 'docs', source },
});

test('what an index holds of its own is looked for, and looked into, as the data are', async () => {
  mkdirSync(join(folder, 'help'));
  write('help/page.md', '# Page\n');
  write('one.jsonl', '{"_id": "a", "text": "t"}\n');
  write('two.jsonl', '{"_id": "b"}\n');

  const checked = await checkSpec(ownSource({ documents: './help' }), folder);

  expect(checked).toMatchObject({
    ok: true,
    local: [{ field: 'index.source.documents', name: 'documents', path: join(folder, 'help'), folder: true }],
  });
  expect(await problemsOf(ownSource({ corpus: ['./one.jsonl', './two.jsonl', './three.jsonl'] }))).toMatchObject([
    { field: 'index.source.corpus[2]', rule: expect.stringContaining('that is there') },
    { field: 'index.source.corpus[1]', mend: expect.stringContaining('"text" is missing') },
  ]);
  expect(await problemsOf(ownSource({ documents: './help', corpus: './one.jsonl' }))).not.toEqual([]);
});
