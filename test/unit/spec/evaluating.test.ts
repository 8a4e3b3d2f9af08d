import { expect, test } from 'vitest';
import { withEvaluationChosen } from '../../../src/spec/evaluating.js';
import { parseSpec } from '../../../src/spec/parse.js';
import type { FineTuneSpec, FineTuneSpecInput } from '../../../src/spec/schema.js';

const MB = 1_000_000;

function chosen(bytes: number | undefined, changes: Partial<FineTuneSpecInput> = {}, name = 'pairs.jsonl') {
  const raw = { apiVersion: 'attune/v1', name: 'small', data: { pairs: 's3://bucket/pairs.jsonl' }, ...changes };
  const { spec } = parseSpec(raw) as { spec: FineTuneSpec };
  const choice = withEvaluationChosen(raw, spec, bytes === undefined ? undefined : [{ name, bytes }]);
  return { type: choice.spec.compute.evaluate.instanceType, why: choice.why };
}

test('what a CPU does for less runs on one, and both prices are told', () => {
  const { type, why } = chosen(2 * MB);

  expect(type).toBe('ml.m5.xlarge');
  expect(why).toMatch(
    /^ml\.m5\.xlarge by estimate: about 0\.50 million tokens take .*\$0\.04 on ml\.m5.*\$0\.12 on ml\.g5/,
  );
});

test('a large corpus, or a large base, runs on a GPU', () => {
  expect(chosen(100 * MB).type).toBe('ml.g5.xlarge');
  expect(chosen(8 * MB).type).toBe('ml.m5.xlarge');
  expect(chosen(8 * MB, { base: 'BAAI/bge-large-en-v1.5' }).type).toBe('ml.g5.xlarge');
});

test('packed data are larger than they look', () => {
  expect(chosen(8 * MB, {}, 'pairs.jsonl.gz').type).toBe('ml.g5.xlarge');
});

test.each<[string, number | undefined, Partial<FineTuneSpecInput>, string]>([
  ['the spec says where', MB, { compute: { evaluate: { instanceType: 'ml.g4dn.xlarge' } } }, 'ml.g4dn.xlarge'],
  ['the image is its own', MB, { compute: { evaluate: { imageUri: 'own:1' } } }, 'ml.g5.xlarge'],
  ['the base is not known', MB, { base: 'someone/model' }, 'ml.g5.xlarge'],
  ['the sizes are not known', undefined, {}, 'ml.g5.xlarge'],
])('nothing is chosen where %s', (_, bytes, changes, type) => {
  expect(chosen(bytes, changes)).toEqual({ type, why: undefined });
});
