/**
 * Who may come in: requests that are well formed, that a program of this machine means for this server, and that are signed.
 * A web page has neither the key nor, by a name of its own that resolves to 127.0.0.1, the right Host.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { AwsError } from './errors.js';

/** Whatever port it says: a tunnel has one of its own. */
const LOCAL_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

export interface Target {
  path: string;
  /** What follows the question mark, where there is one. */
  query?: string;
}

/**
 * What a request asks for, as it was sent.
 *
 * @throws ValidationException for a target in another form than "/path" or "/path?query": absolute, with an empty segment
 */
export function targetOf({ url = '' }: Pick<IncomingMessage, 'url'>): Target {
  const [, path, query] = /^(\/[\x21\x24-\x3e\x40-\x5b\x5d-\x7e]*)(?:\?([\x21\x24-\x5b\x5d-\x7e]*))?$/.exec(url) ?? [];
  if (path !== undefined && !path.includes('//')) return { path, query };
  throw new AwsError('ValidationException', `Request target '${url.slice(0, 80)}': expected a path.`);
}

/** @throws ValidationException where a query is sent to what takes none */
export function requireNoQuery({ path, query }: Target): void {
  if (query === undefined) return;
  throw new AwsError(
    'ValidationException',
    `Request target '${path.slice(0, 80)}?…': expected a path without a query.`,
  );
}

/** The part of a path that is a name. @throws ValidationException when it is no percent-encoded UTF-8 */
export function nameIn(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AwsError('ValidationException', `'${segment}' is not percent-encoded UTF-8.`);
  }
}

/** @throws AccessDeniedException (403) for a Host that is not this server, and for a page of another origin */
export function requireLocal({ headers: { host = '', origin } }: IncomingMessage): void {
  if (!LOCAL_HOST.test(host)) throw stranger(`Host '${host.slice(0, 80)}'`, 'to 127.0.0.1, localhost and [::1]');
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    throw stranger(`Origin '${origin.slice(0, 80)}'`, 'a program, not a page of another origin');
  }
}

const stranger = (found: string, expected: string): AwsError =>
  new AwsError('AccessDeniedException', `${found}: the local SageMaker answers ${expected}.`, 403);
