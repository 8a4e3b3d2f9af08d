/**
 * What the questions of a language model are expected to cost.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkSpec } from '../../../src/client/inputs/specFile.js';
import { budgetProblems } from '../../../src/spec/budget.js';
import { estimateOf } from '../../../src/spec/cost.js';
import { asksInBatch, mayBeBatched } from '../../../src/spec/batch.js';
import { expectedTokens, tokenPriceOf, usdOfQuestions, usdOfTokens } from '../../../src/spec/questions.js';
import type { Questions } from '../../../src/spec/questionsSchema.js';
import { fineTuneSpecSchema, type FineTuneSpecInput } from '../../../src/spec/schema.js';
import { jobStagesOf } from '../../../src/spec/stages.js';

type Asked = NonNullable<FineTuneSpecInput['data']['questions']>;
const NOVA = 'bedrock:amazon.nova-lite-v1:0';

const specOf = (questions: Asked, changes: Partial<FineTuneSpecInput> = {}) =>
  fineTuneSpecSchema.parse({
    apiVersion: 'attune/v1',
    name: 't',
    data: { documents: './docs', questions },
    compute: { train: { instanceType: 'ml.m5.xlarge' }, evaluate: { instanceType: 'ml.m5.xlarge' } },
    deploy: false,
    ...changes,
  });
const priceOf = (asked: Asked, region: string) => tokenPriceOf(specOf(asked).data.questions as Questions, region);
const table = { 'ml.m5.xlarge': { onDemand: 0.23 } };

test.each<[string, Asked, string, object | undefined]>([
  ['a model that is listed', { model: NOVA }, 'us-east-1', { input: 0.06, output: 0.24 }],
  ['its inference profile', { model: 'bedrock:us.amazon.nova-lite-v1:0' }, 'us-west-2', { input: 0.06, output: 0.24 }],
  ['a region whose prices are not listed', { model: NOVA }, 'eu-west-1', undefined],
  ['a model that is not listed', { model: 'bedrock:some.model-v1:0' }, 'us-east-1', undefined],
  ['a server of this machine', { model: 'openai:q', url: 'http://127.0.0.1:8080/v1' }, '', { input: 0, output: 0 }],
  ['a server elsewhere', { model: 'openai:q', url: 'https://models.example.org/v1' }, '', undefined],
  ['what the spec says', { model: NOVA, price: { input: 1, output: 2 } }, 'us-east-1', { input: 1, output: 2 }],
])('the price of %s', (_, asked, region, price) => {
  expect(priceOf(asked, region)).toEqual(price);
});

test('the model is a part of the estimate, and judging costs about as much again', () => {
  const spec = specOf({ model: NOVA, most: 20_000 });
  const { questions, estimateUsd, stages } = estimateOf(spec, { asOf: '', table, region: 'us-east-1' });

  expect(stages.map(({ stage }) => stage)).toEqual(['questions', 'prepare', 'train', 'evaluate']);
  expect(questions).toMatchObject({ model: NOVA, passages: 20_000 });
  const jobs = stages.reduce((sum, { usd }) => sum + usd!.high, 0);
  expect(estimateUsd!.high).toBeCloseTo(jobs + questions!.usd!.high, 1);
  const usd = (judge: boolean) =>
    usdOfTokens(expectedTokens(specOf({ model: NOVA, judge }), 1000), { input: 1, output: 4 })!;
  expect(usd(true) / usd(false)).toBeGreaterThan(1.5);
  expect(usd(true) / usd(false)).toBeLessThan(2.5);
});

test('beside a budget the price of the model has to be known', () => {
  const spec = specOf({ model: NOVA }, { budget: { maxUsd: 100 } });
  const known = estimateOf(spec, { asOf: '', table, region: 'us-east-1' });
  const unknown = estimateOf(spec, { asOf: '', table, region: 'eu-west-1' });

  expect(budgetProblems(spec, known)).toEqual([]);
  expect(unknown.estimateUsd).toBeUndefined();
  expect(unknown.unknownPrices).toEqual([NOVA]);
  expect(budgetProblems(spec, unknown)).toMatchObject([{ field: 'data.questions.price' }]);
});

test('only a spec with questions has a stage for them, before prepare', () => {
  expect(jobStagesOf({ data: {} })).toEqual(['prepare', 'train', 'evaluate']);
  expect(jobStagesOf({ data: { questions: {} }, tune: {} })).toEqual(['questions', 'prepare', 'tune', 'evaluate']);
});

test('the example is a spec whose documents are there', async () => {
  const checked = await checkSpec(join(import.meta.dirname, '../../../examples/documents/spec.yaml'));

  expect(checked).toMatchObject({ ok: true, local: [{ field: 'data.documents', folder: true }] });
});

test.each<[string, Partial<Asked>, number, boolean]>([
  ['never, unless it is asked for', {}, 20_000, false],
  ['always, from what Bedrock takes on', { batch: 'always' }, 100, true],
  ['and not below', { batch: 'always' }, 99, false],
  ['of itself only where many are wanted', { batch: 'auto' }, 1_000, true],
  ['and not where few are', { batch: 'auto' }, 999, false],
])('a batch is asked for %s', (_, asked, passages, inBatch) => {
  expect(asksInBatch(specOf({ model: NOVA, ...asked }).data.questions as Questions, passages)).toBe(inBatch);
});

test('a batch is estimated at half the price, and what may be too few for one at the whole', () => {
  const high = (asked: Partial<Asked>) =>
    estimateOf(specOf({ model: NOVA, price: { input: 1000, output: 0 }, ...asked }), { asOf: '', table }).questions!;

  const [never, always] = [high({ most: 2_000 }), high({ most: 2_000, batch: 'always' })];
  expect(always.usd!.high).toBeCloseTo(never.usd!.high / 2, 0);
  expect([never.inBatch, always.inBatch]).toEqual([undefined, true]);
  // 999 passages, singly, cost more than 1,000 in a batch.
  expect(high({ most: 1_000, batch: 'auto' }).usd!.high).toBeCloseTo(high({ most: 999 }).usd!.high, 0);
  expect(high({ most: 500, batch: 'auto' }).inBatch).toBeUndefined();
});

test('what was asked in a batch costs half', () => {
  const price = { input: 1, output: 2 };
  const tokens = { inputTokens: 1_000_000, outputTokens: 500_000 };

  expect(usdOfQuestions({ ...tokens, inBatch: tokens }, price)).toBe(3);
  expect(usdOfQuestions(tokens, price)).toBe(2);
  expect(usdOfQuestions({ ...tokens, inBatch: tokens }, undefined)).toBeUndefined();
});

test.each([
  ['amazon.nova-lite-v1:0', true],
  ['us.anthropic.claude-haiku-4-5-20251001-v1:0', true],
  ['arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghijkl', true],
  ['arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdefghijkl', false],
  ['arn:aws:bedrock:us-east-1:123456789012:imported-model/abcdefghijkl', false],
])('Bedrock has a batch of %s: %s', (id, may) => {
  expect(mayBeBatched({ model: `bedrock:${id}` })).toBe(may);
});
