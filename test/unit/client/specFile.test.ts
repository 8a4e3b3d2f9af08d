import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkSpec } from '../../../src/client/inputs/specFile.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-spec-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
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
  write('c.jsonl', '{"id": "1"}\n');
  const guard = { name: 'general', corpus: './c.jsonl', queries: './q.jsonl', qrels: './test.tsv' };
  const spec = { apiVersion: 'attune/v1', name: 'a', data: { pairs: './pairs.jsonl' }, gate: { guards: [guard] } };

  expect((await problemsOf(spec)).map(({ field, rule }) => [field, rule.split(' ').slice(0, 2).join(' ')])).toEqual([
    ['gate.guards[0].corpus', 'JSON Lines'],
    ['gate.guards[0].queries', 'a file'],
    ['gate.guards[0].qrels', 'a file'],
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

  expect(await problemsOf(file)).toEqual([expect.objectContaining({ rule: 'a spec of at most 1 MiB' })]);
});

test.each([
  ['no JSON', 'question,answer\n', 'mend line 1'],
  ['other keys', '{"question": "q", "document": "d"}\n', 'it lacks query'],
  ['an empty file', '', 'mend line 1'],
])('pairs that begin with %s are refused before anything is uploaded', async (_, text, mend) => {
  write('pairs.jsonl', text);

  expect(await problemsOf(write('attune.yaml', minimal))).toEqual([
    expect.objectContaining({ field: 'data.pairs', mend: expect.stringContaining(mend) as string }),
  ]);
});

test('a folder where a file belongs is refused', async () => {
  mkdirSync(join(folder, 'pairs.jsonl'));

  expect(await problemsOf(write('attune.yaml', minimal))).toEqual([
    expect.objectContaining({ rule: 'a file, not a folder' }),
  ]);
});
