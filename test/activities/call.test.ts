import { expect, test } from 'vitest';
import { calling } from '../../src/activities/call.js';
import type { Deps } from '../../src/activities/index.js';
import { awsError } from '../support/awsError.js';
import { inActivity } from '../support/inActivity.js';

const PATIENCE_MS = 300_000;
const HOURS_MS = 3 * 3_600_000;
const deps = { propagationMs: PATIENCE_MS } as Deps;
const refused = () => Promise.reject(awsError('AccessDeniedException', 'not now'));

const refusedOf = (attempt: number, refusal?: { sinceMs: number; attempt: number }): Promise<unknown> => {
  const scheduledTimestampMs = Date.now() - HOURS_MS;
  return inActivity(() => calling('looking at job x', deps, refused), undefined, {
    attempt,
    scheduledTimestampMs,
    heartbeatDetails: refusal && { refusal },
  });
};

test('a refusal after hours of good answers is the first one, and is tried again', async () => {
  await expect(refusedOf(400)).rejects.toMatchObject({ type: 'AccessDenied', nonRetryable: false });
});

test('five minutes of refusals in a row are enough', async () => {
  const sinceMs = Date.now() - PATIENCE_MS;
  const nearly = { sinceMs: sinceMs + 60_000, attempt: 399 };

  await expect(refusedOf(400, nearly)).rejects.toMatchObject({ type: 'AccessDenied', nonRetryable: false });
  await expect(refusedOf(400, { sinceMs, attempt: 399 })).rejects.toMatchObject({
    type: 'AccessDenied',
    nonRetryable: true,
  });
});

test('a good answer in between begins the count anew', async () => {
  const longAgo = { sinceMs: Date.now() - HOURS_MS, attempt: 7 };

  await expect(refusedOf(400, longAgo)).rejects.toMatchObject({ type: 'AccessDenied', nonRetryable: false });
});
