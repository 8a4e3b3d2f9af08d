import { expect, test } from 'vitest';
import { compared } from '../../../src/cli/compare.js';
import type { RunComparison } from '../../../src/client/index.js';
import { SYSTEMS } from '../../../src/run/evaluation.js';

const score = { mean: 0.5, low: 0.4, high: 0.6 };
const side = { status: 'done' as const, asked: { count: 115, origins: { people: 115 } }, costUsd: 0.1, jobSeconds: 60 };
const long = `s3://bucket/${'folder/'.repeat(20)}model.tar.gz`;
const comparison = (more: Partial<RunComparison>): RunComparison => ({
  questions: 'same',
  a: { workflowId: 'finetune/help-desk/20261129-670026', ...side },
  b: { workflowId: 'finetune/my-search/20261129-7f29e1', ...side },
  metrics: SYSTEMS.map((system) => ({ system, metric: 'ndcg@10', a: score, b: score, difference: 0.032 })),
  lineage: [{ field: 'modelArtifact', a: long, b: { deep: { value: long } } }],
  spec: [{ field: 'data.a.very.long.path.to.a.field.of.the.spec', a: long, b: 'x'.repeat(300) }],
  ...more,
});
const paired = {
  metric: 'ndcg@10',
  difference: 0.03,
  low: 0.01,
  high: 0.05,
  confidence: 0.95,
  questions: 115,
  groups: 90,
  wins: 40,
  ties: 60,
  losses: 15,
};

test('the same questions are said first, with the paired interval and who is better', () => {
  const text = compared(comparison({ paired })).join('\n');

  expect(text).toContain(
    'the same 115 test questions\ntuned B − tuned A  ndcg@10 +0.030 [+0.010 to +0.050, 95 %]: B is better',
  );
  expect(text.indexOf('the same 115')).toBeLessThan(text.indexOf('candidate ndcg@10'));
});

test.each([
  [{ low: -0.01 }, 'no difference is proven'],
  [{ difference: -0.03, low: -0.05, high: -0.01 }, 'A is better'],
])('an interval of %j says %s', (ends, words) => {
  expect(compared(comparison({ paired: { ...paired, ...ends } })).join('\n')).toContain(words);
});

test('scores of other questions are not subtracted', () => {
  const text = compared(comparison({ questions: 'other' })).join('\n');

  expect(text).toContain('other test questions: their scores are not comparable');
  expect(text).not.toMatch(/B − A|\+0\.032/);
});

test('the tuned models stand first, and no row is wider than 100 columns', () => {
  const lines = compared(comparison({ paired })).join('\n').split('\n');

  const systems = lines.flatMap((line) => /^(\w+) ndcg@10 /.exec(line)?.[1] ?? []);
  expect(systems).toEqual(['candidate', 'incumbent', 'base', 'bm25']);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(100);
});
