/**
 * No call to Temporal waits for ever: a server that is reached and does not answer, or a line that carries nothing back, ends it.
 * @module
 */
import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor, type ConnectionOptions } from '@temporalio/client';

/**
 * A live server answers in milliseconds, and ends a long poll after 20 s, a minute at most. The limit of the native client
 * (@temporalio/core-bridge 1.24, LONG_POLL_TIMEOUT), which sets one where the client in JavaScript sets none.
 */
export const ANSWER_WITHIN_MS = 70_000;

/**
 * For `Connection.connect`: with them a call, its retries included, fails with DEADLINE_EXCEEDED after so long. A caller's own,
 * earlier deadline holds.
 */
export function answeredWithin(ms: number): NonNullable<ConnectionOptions['interceptors']> {
  return [
    (options, call) => {
      const own = options.deadline === undefined ? Infinity : Number(options.deadline);
      return call({ ...options, deadline: Math.min(own, Date.now() + ms) }) as never;
    },
    // The SDK's own, which it leaves out where others are given.
    makeGrpcRetryInterceptor(defaultGrpcRetryOptions()),
  ];
}
