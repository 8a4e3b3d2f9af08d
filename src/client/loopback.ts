/**
 * Who may ask a server that is for this machine alone.
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** By a name of this machine, and from no page of another origin: a name of elsewhere may resolve to 127.0.0.1 too. */
export function isLocal({ headers: { host = '', origin }, socket }: IncomingMessage): boolean {
  const own = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${socket.localPort}`);
  return own.includes(host.toLowerCase()) && (origin === undefined || own.includes(origin.replace(/^http:\/\//, '')));
}

/** In a time that tells nothing of where they differ. */
export function isSame(found = '', expected: string): boolean {
  const [one, other] = [found, expected].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(one!, other!);
}
