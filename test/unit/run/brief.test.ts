import { expect, test } from 'vitest';
import { brief, saidOnce } from '../../../src/run/brief.js';

const CAUSE =
  'base text-embedding-3-small: no model of this name, neither in the cache nor on the hub. Name a local folder.';

test.each([
  [`AlgorithmError: ${CAUSE}, exit code: 2`, CAUSE, `AlgorithmError: ${CAUSE}, exit code: 2`],
  ['AlgorithmError', CAUSE, `AlgorithmError: ${CAUSE}`],
  ['', CAUSE, CAUSE],
  ['AlgorithmError', undefined, 'AlgorithmError'],
  [undefined, undefined, ''],
])('a cause is told once: %s + %s', (reason, message, told) => {
  expect(saidOnce(reason, message)).toBe(told);
});

test('what is too long is cut where a word ends, and that is seen', () => {
  const cut = brief('seventeen words '.repeat(100));

  expect(cut.length).toBeLessThanOrEqual(1024);
  expect(cut).toMatch(/(seventeen|words) …$/);
  expect(brief('x'.repeat(5000))).toHaveLength(1024);
  expect(brief('short')).toBe('short');
});
