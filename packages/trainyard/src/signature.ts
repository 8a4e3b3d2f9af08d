/**
 * Signature Version 4 as AWS checks it: by whom, for whom, when, and over what was received. The header form only: no SDK
 * sends a presigned request to the APIs that are spoken here.
 * @module
 */
import { SignatureV4 } from '@smithy/signature-v4';
import { createHash, createHmac, timingSafeEqual, type Hash, type Hmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { targetOf } from './door.js';
import { AwsError } from './errors.js';

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

/** AWS's limit on the difference between its clock and the signer's. */
const MOST_SKEW_MS = 5 * 60_000;
/** What the APIs that are spoken here are called in a signature's scope. */
const SERVICES = ['sagemaker', 'logs', 'application-autoscaling', 'servicequotas', 'bedrock', 's3vectors'];
const FORM =
  /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, *SignedHeaders=([a-z0-9;_-]+), *Signature=([0-9a-f]{64})$/;
const TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** What a request's headers claim; true only once `verify` has seen the body. */
export interface Claim {
  service: string;
  region: string;
  signedHeaders: string[];
  signature: string;
  signedAt: Date;
}

/**
 * Reads the claim, and refuses what needs no look at the body.
 *
 * @throws AwsError (403) as AWS words it
 */
export function claimOf({ headers }: IncomingMessage, keys: Keys, region: string, now: number): Claim {
  if (headers.authorization === undefined) {
    throw refused('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const [, accessKeyId, day, ofRegion = '', service = '', names = '', signature = ''] =
    FORM.exec(headers.authorization) ?? [];
  const time = TIME.exec(String(headers['x-amz-date']));
  if (accessKeyId === undefined || !time) {
    const expected =
      "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters of AWS4-HMAC-SHA256, and the request an 'X-Amz-Date' header.";
    throw refused('IncompleteSignatureException', expected);
  }
  if (accessKeyId !== keys.accessKeyId) {
    throw refused('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  if (ofRegion !== region || !SERVICES.includes(service) || day !== time[0].slice(0, 8)) {
    const scope = `${time[0].slice(0, 8)}/${region}/${SERVICES[0]}/aws4_request`;
    const found = `${day}/${ofRegion}/${service}/aws4_request`;
    throw refused('InvalidSignatureException', `Credential should be scoped to '${scope}', not to '${found}'.`);
  }
  const signedHeaders = names.split(';');
  const unsigned = ['host', 'x-amz-date', ...(headers['x-amz-target'] === undefined ? [] : ['x-amz-target'])].find(
    (name) => !signedHeaders.includes(name),
  );
  if (unsigned) throw refused('InvalidSignatureException', `Header '${unsigned}' must be a signed header.`);
  const signedAt = new Date(time[0].replace(TIME, '$1-$2-$3T$4:$5:$6Z'));
  requireTimely(signedAt, now);
  return { service, region, signedHeaders, signature, signedAt };
}

function requireTimely(signedAt: Date, now: number): void {
  if (Math.abs(signedAt.getTime() - now) <= MOST_SKEW_MS) return;
  const [signed, received] = [signedAt.getTime(), now].map((time) =>
    Number.isNaN(time) ? 'no time' : new Date(time).toISOString().replace(/[-:]|\.\d+/g, ''),
  );
  const what = signedAt.getTime() < now ? 'Signature expired' : 'Signature not yet current';
  throw refused(
    'InvalidSignatureException',
    `${what}: ${signed} is more than ${MOST_SKEW_MS / 60_000} min. from ${received}.`,
  );
}

/** @throws InvalidSignatureException (403) when it was not this request that was signed, or not with the key */
export async function verify(claim: Claim, request: IncomingMessage, body: Buffer, keys: Keys): Promise<void> {
  const { service, region, signedHeaders, signedAt, signature } = claim;
  const declared = request.headers['x-amz-content-sha256'];
  const isWhole = declared === undefined || declared === createHash('sha256').update(body).digest('hex');
  const signer = new SignatureV4({
    service,
    region,
    credentials: keys,
    sha256: Sha256,
    applyChecksum: false,
  });
  const { path, query } = targetOf(request);
  const [hostname = ''] = (request.headers.host ?? '').split(':');
  const { headers } = await signer.sign(
    {
      method: request.method ?? '',
      protocol: 'http:',
      hostname,
      path,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers: Object.fromEntries(signedHeaders.map((name) => [name, String(request.headers[name] ?? '')])),
      body,
    },
    { signingDate: signedAt, signableHeaders: new Set(signedHeaders) },
  );
  const expected = headers['authorization']?.slice(-64) ?? '';
  if (isWhole && timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) return;
  throw refused(
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );
}

/** Node's own digests in the form that the signer asks for. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.hash.digest()));
  }

  /** Not asked for: each digest is of one hash. */
  reset(): void {
    throw new Error('a digest is made anew, not reset');
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

const refused = (code: string, message: string): AwsError => new AwsError(code, message, 403);
