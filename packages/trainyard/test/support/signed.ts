/**
 * Requests that no SDK makes, signed as an SDK would: written after AWS's description of Signature Version 4, so that it is
 * also a second opinion on what the server takes for a signature.
 * @module
 */
import { createHash, createHmac } from 'node:crypto';

export interface Signer {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  service?: string;
  /** Default: now. */
  at?: Date;
}

export interface Unsigned {
  method: string;
  body?: string;
  /** Signed too; names in lower case. */
  headers?: Record<string, string>;
}

/** The headers of a signed request, those that were given among them. */
export function signedHeaders(url: string, { method, body = '', headers = {} }: Unsigned, signer: Signer) {
  const { accessKeyId, secretAccessKey, region, service = 'sagemaker', at = new Date() } = signer;
  const { host, pathname } = new URL(url);
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const signed: Record<string, string> = { ...headers, host, 'x-amz-date': time };
  const names = Object.keys(signed).sort();
  const path = pathname.split('/').map(encodeURIComponent).join('/');
  const lines = names.map((name) => `${name}:${signed[name]}\n`).join('');
  const canonical = [method, path, '', lines, names.join(';'), sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<Buffer | string>((last, part) => hmac(last, part), `AWS4${secretAccessKey}`);
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, ` +
    `Signature=${hmac(key, toSign).toString('hex')}`;
  return { ...headers, 'x-amz-date': time, authorization };
}

/** `fetch`, signed. */
export const signedFetch = (url: string, request: Unsigned, signer: Signer): Promise<Response> =>
  fetch(url, { method: request.method, body: request.body, headers: signedHeaders(url, request, signer) });

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
