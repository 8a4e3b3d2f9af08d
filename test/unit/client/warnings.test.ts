import { expect, test } from 'vitest';
import { warningsOf } from '../../../src/client/inputs/warnings.js';
import { parseSpec } from '../../../src/spec/parse.js';

const questions = { model: 'bedrock:amazon.nova-lite-v1:0' };

function warned(data: object, gate: object = {}): string {
  const parsed = parseSpec({ apiVersion: 'attune/v1', name: 'x', data, gate });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return warningsOf(parsed.spec).join('\n');
}

test('a run that cannot be proven is told so before it is paid, with what would prove it', () => {
  expect(warned({ documents: './docs' })).toMatch(/from headings.*will be unproven.*gate: \{evidence: headings\}/);
  expect(warned({ documents: './docs', questions })).toMatch(
    /language model write.*will be unproven.*data\.test.*gate: \{evidence: generated\}/,
  );
  expect(warned({ documents: './docs', questions }, { evidence: 'headings' })).toContain('will be unproven');
});

test.each([
  ['people’s questions', { pairs: './pairs.jsonl' }, {}],
  ['headings where they may decide', { documents: './docs' }, { evidence: 'headings' }],
  ['a model’s questions where they may decide', { documents: './docs', questions }, { evidence: 'generated' }],
])('nothing is said of %s', (_, data, gate) => {
  expect(warned(data, gate)).toBe('');
});
