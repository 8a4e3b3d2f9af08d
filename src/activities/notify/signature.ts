/**
 * Signatures as Standard Webhooks has them (standardwebhooks.com, version 1): libraries in many languages check them.
 * @module
 */
import { createHmac } from 'node:crypto';

/**
 * @param id      of the event: the same for each attempt to tell it
 * @param secret  `whsec_` and base64, or any text, whose UTF-8 bytes are the key then
 * @param at      seconds since 1970: a receiver refuses what is old
 */
export function signedHeaders(
  id: string,
  body: string,
  secret: string | undefined,
  at: number,
): Record<string, string> {
  const stamped = { 'webhook-id': id, 'webhook-timestamp': String(at) };
  if (secret === undefined) return stamped;
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  return { ...stamped, 'webhook-signature': `v1,${signature}` };
}
