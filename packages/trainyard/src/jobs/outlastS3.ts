/**
 * AWS's S3 is always there; the local one may be killed and started again, and no job or endpoint should be lost by it.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 250;
const PATIENCE_MS = 300_000;

/**
 * Repeats an action while S3 gives no answer. What S3 refuses, and what fails for another reason, is final.
 *
 * @param signal  ends the patience; default: five minutes
 */
export async function outlastS3<T>(
  action: () => Promise<T>,
  signal: AbortSignal = AbortSignal.timeout(PATIENCE_MS),
): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (signal.aborted || !(gaveNoAnswer(error) || gaveNoAnswer((error as Error).cause))) throw error;
      await sleep(RETRY_MS); // until the S3 server is there again
    }
  }
}

function gaveNoAnswer(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, $metadata } = error as Error & { code?: unknown; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 500 || /^(ECONN\w*|EPIPE|ETIMEDOUT)$/.test(String(code)) || error.name === 'TimeoutError';
}
