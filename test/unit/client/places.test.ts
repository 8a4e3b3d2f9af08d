import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkSpec } from '../../../src/client/inputs/specFile.js';
import { reportOf } from '../../../src/spec/problem.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-places-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function told(spec: string, ...beside: string[]): Promise<string[]> {
  for (const name of beside) writeFileSync(join(folder, name), '{"query": "q", "document": "d"}\n');
  writeFileSync(join(folder, 'a.yaml'), spec);
  const checked = await checkSpec('a.yaml', folder);
  return checked.ok ? [] : checked.problems.map(reportOf);
}

const HEAD = 'apiVersion: attune/v1\nname: a\ndata: {pairs: s3://bucket/p.jsonl}\n';

test('an error points at its line and column, with the line and a caret', async () => {
  const [unknown, wrong] = await told(`${HEAD}train:\n  epoch: 3\n  batchSize: many\n`);

  expect(unknown!.split('\n')).toEqual([
    'a.yaml:5:3: train.epoch: expected a known key of train, found 3. Did you mean "epochs"?',
    '   5 |   epoch: 3',
    '     |   ^^^^^',
  ]);
  expect(wrong!.split('\n').slice(1)).toEqual(['   6 |   batchSize: many', '     |              ^^^^']);
});

test('an error within a list or a flow mapping is found, and one of what is not there points at what is', async () => {
  const [list] = await told(`${HEAD}train:\n  dimensions:\n    - 64\n    - 2\n`);
  const [flow] = await told(
    'apiVersion: attune/v1\nname: a\ndata: {pairs: s3://bucket/p.jsonl, columns: {query: 7}}\n',
  );
  const [missing] = await told('apiVersion: attune/v1\nname: a\n');

  expect(list).toContain('a.yaml:7:7: train.dimensions[1]');
  expect(flow).toMatch(/^a\.yaml:3:\d+: data\.columns\.query/);
  expect(missing).toMatch(/^data: expected/);
});

test('of a line nothing is repeated that the error does not repeat: it may be a secret', async () => {
  const spec = `${HEAD}compute: {train: {environment: {A_TOKEN: hf_abcdefghijklmnopqrstuvwx, 1B: x}}}\n`;

  const all = (await told(spec)).join('\n');

  expect(all).toContain('a.yaml:4:');
  expect(all).not.toContain('hf_abcdef');
});

test('a fault of YAML points too, in words for people, and quotes nothing', async () => {
  const [fault, ...others] = await told('apiVersion: attune/v1\nname: a\ndata:\n  pairs: s3://b/p\n    test: secret\n');

  expect(fault).toMatch(/^a\.yaml:\d+:\d+: spec: expected YAML or JSON.*indented deeper|quotes/);
  expect(fault).not.toMatch(/compact mappings|Implicit|secret/);
  expect(others).toEqual([]);
});

test('keys that stand beside an empty section belong below it', async () => {
  const all = (await told('apiVersion: attune/v1\nname: a\ndata:\npairs: s3://bucket/p.jsonl\n')).join('\n');

  expect(all).toContain('Indent it below "data"');
  expect(all).not.toContain('Remove it');
});

test.each([
  ['train: {lr: 0.1}', 'learningRate'],
  ['train: {batch_size: 8}', 'batchSize'],
  ['train: {per_device_train_batch_size: 8}', 'batchSize'],
  ['train: {num_train_epochs: 8}', 'epochs'],
  ['train: {max_seq_length: 8}', 'maxSeqLength'],
  ['train: {model: x}', 'base'],
  ['base_model: x', 'base'],
  ['lr: 0.1', 'train.learningRate'],
  ['tuning: {trials: 4}', 'tune'],
  ['vector_store: {store: pgvector}', 'index'],
  ['notifications: []', 'notify'],
  ['endpoint: x', 'deploy.endpoint'],
  ['epochs: 2', 'train.epochs'],
  ['minQuestions: 5', 'gate.minQuestions'],
])('by %s a person means %s', async (line, meant) => {
  expect((await told(`${HEAD}${line}\n`)).join('\n')).toContain(`Did you mean "${meant}"?`);
});

test.each([
  ['compute: {train: {instanceType: ml.g5.xlrage}}', 'Did you mean ml.g5.xlarge?'],
  ['compute: {train: {instanceType: g5.xlarge}}', 'Did you mean ml.g5.xlarge?'],
  ['budget: {maxUsd: "$20"}', 'Write 20: the number alone'],
  ['train: {epochs: "2"}', 'Write it without quotes'],
  ['train: {epochs: many}', 'Write a number'],
  ['base: text-embedding-3-small', 'served by its provider alone'],
])('%s: %s', async (line, words) => {
  expect((await told(`${HEAD}${line}\n`)).join('\n')).toContain(words);
});

test('a name in another form is told in the form that would do', async () => {
  const [fault] = await told('apiVersion: attune/v1\nname: HelpDesk Search\ndata: {pairs: s3://bucket/p.jsonl}\n');

  expect(fault).toContain('Write helpdesk-search');
});

test('a file that is not there is an error beside all others, with the one that was probably meant', async () => {
  const spec = 'apiVersion: attune/v1\nname: a\ndata: {pairs: ./pair.jsonl}\ntrain: {epochs: 0}\n';

  const all = (await told(spec, 'pairs.jsonl')).join('\n');

  expect(all).toContain('train.epochs');
  expect(all).toContain('Did you mean pairs.jsonl? It is in the same folder');
  expect((await told(spec.replace('pair.jsonl', 'pairs.csv'), 'pairs.jsonl')).join('\n')).toContain(
    'Did you mean pairs.jsonl?',
  );
});
