import { expect, test } from 'vitest';
import { check } from '../../../src/client/index.js';

const spec = { apiVersion: 'attune/v1', name: 'a', data: { pairs: 's3://bucket/pairs.jsonl' } };
const env = { AWS_REGION: 'us-east-1' };

test('a good spec is told with its defaults and what it is likely to cost', async () => {
  const checked = await check(spec, {}, env);

  expect(checked).toMatchObject({ ok: true, problems: [], region: 'us-east-1', local: [], spec: { name: 'a' } });
  expect(checked.estimate!.estimateUsd!.high).toBeGreaterThan(0);
});

test('every fault is told, and without a spec there is no estimate', async () => {
  const checked = await check({ ...spec, name: 'A B', trian: {} }, {}, env);

  expect(checked).toMatchObject({ ok: false });
  expect(checked.problems.map(({ field }) => field).sort()).toEqual(['name', 'trian']);
  expect(checked.estimate).toBeUndefined();
});

test('a budget that cannot be kept is a fault, told with the estimate that shows it', async () => {
  const checked = await check({ ...spec, budget: { maxUsd: 0.01 } }, {}, env);

  expect(checked).toMatchObject({ ok: false, problems: [{ field: 'budget.maxUsd' }] });
  expect(checked.estimate!.estimateUsd!.low).toBeGreaterThan(0.01);
});

test('without a region nobody knows whose prices are meant: the budget is left for the worker to judge', async () => {
  expect(await check({ ...spec, budget: { maxUsd: 0.01 } }, {}, {})).toMatchObject({ ok: true, problems: [] });
});

const documents = { ...spec, data: { documents: 's3://bucket/docs/' } };

test('of documents alone it is said at once that nothing will be proven, how to mend that, and what goes by headings', async () => {
  const checked = await check(documents, {}, env);

  expect(checked).toMatchObject({ ok: true, warnings: [expect.stringContaining('it will be unproven')] });
  const [warning] = (checked as unknown as { warnings: string[] }).warnings;
  expect(warning).toMatch(/100 more questions that people asked .* gate: \{evidence: headings\}$/);
});

test.each([
  ['that goes by headings', { ...documents, gate: { evidence: 'headings' } }],
  ['of pairs', spec],
  ['that only compares bases', { ...documents, bases: ['sentence-transformers/all-MiniLM-L6-v2'] }],
])('a spec %s has nothing to be warned of', async (_, good) => {
  expect(await check(good, {}, env)).toMatchObject({ ok: true, warnings: [] });
});
