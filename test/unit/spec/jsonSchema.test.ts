import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { jsonSchema } from '../../../src/spec/jsonSchema.js';

const validate = new Ajv2020({ strict: false }).compile(jsonSchema());
const minimal = { apiVersion: 'attune/v1', name: 'support-search', data: { pairs: './pairs.jsonl' } };

const beir = { corpus: './c.jsonl', queries: './q.jsonl', qrels: './qrels' };

test.each([
  ['three keys', minimal],
  ['data in BEIR layout', { ...minimal, data: beir }],
  ['a run that is not deployed', { ...minimal, deploy: false }],
  [
    'settings of every kind',
    {
      ...minimal,
      train: { epochs: 3, dimensions: [384, 64] },
      tags: { team: 'search' },
      deploy: { approval: 'required' },
    },
  ],
])("another program's validator takes %s", (_, spec) => {
  expect(validate(spec), JSON.stringify(validate.errors)).toBe(true);
});

test.each([
  ['an unknown key', { ...minimal, trian: {} }],
  ['a missing name', { apiVersion: 'attune/v1', data: {} }],
  ['two forms of data', { ...minimal, data: { pairs: './p.jsonl', documents: './docs' } }],
  ['a form of data without one of its parts', { ...minimal, data: { ...beir, qrels: undefined } }],
  ['no form of data', { ...minimal, data: {} }],
  ['a number as text', { ...minimal, train: { epochs: '3' } }],
  ['a metric that does not exist', { ...minimal, gate: { metric: 'accuracy' } }],
])("another program's validator refuses %s", (_, spec) => {
  expect(validate(spec)).toBe(false);
});
