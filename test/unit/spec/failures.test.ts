import { expect, test } from 'vitest';
import { exitCodeOf, fail, FAILURES, type FailureType } from '../../../src/spec/failures.js';

test.each(Object.entries(FAILURES))(
  '%s ends with what to do and is retried only where that can help',
  (type, { final, mend }) => {
    const cause = new Error('from below');
    const failure = fail(type as FailureType, 'starting training job x: refused', { cause, details: [{ log: 's3' }] });

    expect(failure.message).toBe(`starting training job x: refused. Next: ${mend}`);
    expect(failure).toMatchObject({ type, nonRetryable: final, cause, details: [{ log: 's3' }] });
  },
);

test('a refused spec is a usage error to the shell; a type nobody knows is a failed run', () => {
  expect(exitCodeOf('SpecRefused')).toBe(2);
  expect(exitCodeOf('JobFailed')).toBe(1);
  expect(exitCodeOf('toString')).toBe(1);
  expect(exitCodeOf(undefined)).toBe(1);
});
