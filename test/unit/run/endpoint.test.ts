import { expect, test } from 'vitest';
import { endpointNameOf, isSettled } from '../../../src/run/endpoint.js';
import { startAttributesOf } from '../../../src/run/searchAttributes.js';
import { parseSpec } from '../../../src/spec/parse.js';
import type { FineTuneSpec, FineTuneSpecInput } from '../../../src/spec/schema.js';
import { startOptionsOf } from '../../../src/client/runs/startOptions.js';

const specOf = (changes: Partial<FineTuneSpecInput> = {}): FineTuneSpec => {
  const parsed = parseSpec({
    apiVersion: 'attune/v1',
    name: 'a',
    data: { pairs: 's3://bucket/pairs.jsonl' },
    ...changes,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.spec;
};

test('an endpoint is called as the spec says, else as the run; a run that deploys nothing has none', () => {
  expect(endpointNameOf(specOf({ deploy: { endpoint: 'live' } }))).toBe('live');
  expect(endpointNameOf(specOf())).toBe('a');
  expect(endpointNameOf(specOf({ deploy: false }))).toBeUndefined();
});

test.each([
  ['InService', true],
  ['Failed', true],
  ['OutOfService', true],
  ['UpdateRollbackFailed', true],
  ['Creating', false],
  ['Updating', false],
  ['RollingBack', false],
  ['a status of next year', false],
])('an endpoint that is %s has settled: %s', (status, settled) => {
  expect(isSettled(status)).toBe(settled);
});

test.each<[form: string, data: FineTuneSpecInput['data'], dataset: string]>([
  ['pairs', { pairs: 's3://bucket/pairs.jsonl' }, 's3://bucket/pairs.jsonl'],
  [
    'BEIR',
    { corpus: 's3://bucket/corpus.jsonl', queries: 's3://bucket/queries.jsonl', qrels: 's3://bucket/qrels/' },
    's3://bucket/corpus.jsonl',
  ],
  ['documents', { documents: 's3://bucket/docs/' }, 's3://bucket/docs/'],
])('a run over %s is found by the same attributes from its start on', (_, data, dataset) => {
  const spec = specOf({ data, deploy: { endpoint: 'live' } });

  const attributes = Object.fromEntries(startAttributesOf(spec).map(({ key, value }) => [key.name, value]));

  expect(attributes).toMatchObject({ AttuneModel: 'a', AttuneDataset: dataset, AttuneEndpoint: 'live' });
  const started = startOptionsOf(spec).typedSearchAttributes.getAll();
  expect(Object.fromEntries(started.map(({ key, value }) => [key.name, value]))).toEqual({
    ...attributes,
    AttuneStage: 'preflight',
  });
});
