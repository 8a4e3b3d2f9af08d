import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readWorkLine } from '../../../src/run/workLine.js';

/** python/tests/test_metrics_log.py holds what the job prints to the same file. */
const lines = JSON.parse(readFileSync(new URL('../../fixtures/work-lines.json', import.meta.url), 'utf8')) as {
  line: string;
  read: object;
}[];

test.each(lines)('$line', ({ line, read }) => {
  expect(readWorkLine(line)).toEqual(read);
});

test('other lines of the job tell nothing of it', () => {
  expect(readWorkLine('base: 4,000 passages, 115 questions in 3.2 s')).toBeUndefined();
});
