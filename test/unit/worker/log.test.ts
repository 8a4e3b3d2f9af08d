import { expect, test } from 'vitest';
import { lineOf } from '../../../src/worker/log.js';

const at = BigInt(Date.UTC(2026, 0, 2)) * 1_000_000n;

test('a warning is one line that names the run, the activity and what went wrong', () => {
  const line = lineOf({
    level: 'WARN',
    message: 'Activity failed',
    timestampNanos: at,
    meta: { workflowId: 'finetune/x', activityType: 'packageModel', attempt: 2, error: new Error('no\n  archive') },
  });

  expect(line).toBe(
    '2026-01-02T00:00:00.000Z WARN Activity failed workflowId=finetune/x activityType=packageModel attempt=2: no | archive',
  );
});

test('a message without facts is printed as it is', () => {
  expect(lineOf({ level: 'ERROR', message: 'gone', timestampNanos: at })).toBe('2026-01-02T00:00:00.000Z ERROR gone');
});
