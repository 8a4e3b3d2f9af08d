/**
 * JSON to a webhook: within a deadline, to no other place than the one that was meant, and without a word about where that is.
 * @module
 */
import { Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import { fail } from '../../spec/failures.js';
import { isWebhookAddress } from '../../spec/notifySchema.js';

/** A receiver that hangs is given up; the next attempt asks again. */
const TIMEOUT_MS = 10_000;
/** A receiver that is busy may name a time; longer than this nobody waits. */
const MOST_PATIENCE_MS = 60_000;

/**
 * @param url  may be a key: it stands in no message
 * @param who  the receiver, for the message: "notify[1] (slack)"
 * @throws Unavailable, Throttled (tried again); AccessDenied, RequestRefused (final): what the receiver will not take
 */
export async function postJson(
  url: string,
  who: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<void> {
  if (!isWebhookAddress(url)) {
    const mend = 'keep an https address there (http on 127.0.0.1 alone), without a password in it';
    throw fail('RequestRefused', `${who}: what its reference leads to is no address of a webhook`, { mend });
  }
  const { cancellationSignal } = Context.current();
  const signal = AbortSignal.any([cancellationSignal, AbortSignal.timeout(TIMEOUT_MS)]);
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'attune', ...headers },
    body,
    // Another place was not meant, and may be one that only the worker reaches.
    redirect: 'manual',
    signal,
  }).catch((error: unknown) => {
    cancellationSignal.throwIfAborted();
    throw unanswered(error, who);
  });
  // Whatever it says is not read: it might not end.
  await answer.body?.cancel().catch(() => undefined);
  if (!answer.ok) throw refused(answer, who);
}

/** Of the fault its code alone: the message and the cause hold the address. */
function unanswered(error: unknown, who: string): ApplicationFailure {
  const { name, cause } = error as Error & { cause?: { code?: string } };
  const why = name === 'TimeoutError' ? `nothing within ${TIMEOUT_MS / 1000} s` : (cause?.code ?? 'no connection');
  return fail('Unavailable', `${who} did not answer: ${why}`, { mend: 'see that the worker reaches it' });
}

function refused({ status, headers }: Response, who: string): ApplicationFailure {
  const said = `${who} answered with HTTP ${status}`;
  if (status >= 300 && status < 400) {
    const mend = 'name the address that it leads to: a redirect is not followed';
    return fail('RequestRefused', said, { mend });
  }
  if (status === 429) {
    const seconds = Number(headers.get('retry-after') ?? 0);
    const retryInMs = seconds > 0 ? Math.min(seconds * 1000, MOST_PATIENCE_MS) : undefined;
    return fail('Throttled', said, { retryInMs });
  }
  if (status >= 500 || status === 408 || status === 425)
    return fail('Unavailable', said, { mend: 'see whether the receiver is well' });
  if (status === 401 || status === 403)
    return fail('AccessDenied', said, { mend: 'renew the webhook, and what its reference leads to' });
  return fail('RequestRefused', said, {
    mend: 'see that the webhook is still there, and of the kind that the spec says',
  });
}
