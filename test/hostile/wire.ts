/**
 * Requests as no client writes them, at the socket.
 * @module
 */
import fc from 'fast-check';
import { connect } from 'node:net';

export interface RequestParts {
  port: number;
  bodies: string[];
  /** Values of Authorization that are all wrong. */
  secrets: string[];
  paths?: string[];
}

/** One request in full, made of legal and illegal parts; none of them is to be obeyed. */
export function anyRequest({ port, bodies, secrets, paths = [] }: RequestParts): fc.Arbitrary<string> {
  const target = fc.oneof(
    fc.constantFrom(
      '/',
      '//',
      '/%',
      '/%00',
      '/..',
      '/../..',
      '*',
      'http://evil.example/',
      '/?a',
      '/#',
      '/\\',
      ...paths,
    ),
    fc.webPath(),
    fc.string({ unit: 'grapheme-ascii' }).map((text) => `/${text.replace(/\s/g, '')}`),
  );
  const host = fc.constantFrom(
    `127.0.0.1:${port}`,
    `localhost:${port}`,
    'attacker.example',
    `attacker.example:${port}`,
    '',
  );
  const headers = fc.array(
    fc.oneof(
      fc.constantFrom(
        'Origin: http://attacker.example',
        'Origin: null',
        'Content-Type: text/plain',
        'Content-Type: application/json',
      ),
      fc.constantFrom(...secrets).map((value) => `Authorization: ${value}`),
      fc.constantFrom(
        'X-Amz-Target: SageMaker.ListModels',
        'X-Amz-Target: __proto__.constructor',
        'X-Amz-Date: 20260101T000000Z',
      ),
      fc.constantFrom(
        'Transfer-Encoding: chunked',
        'Content-Length: -1',
        'Content-Length: 99999999999',
        'Expect: 100-continue',
      ),
      fc.constantFrom(
        'Connection: Upgrade\r\nUpgrade: websocket',
        'Connection: keep-alive',
        `Cookie: ${'x'.repeat(5_000)}`,
      ),
      fc.string({ unit: 'grapheme-ascii' }).map((text) => `X-Odd: ${text}`),
    ),
    { maxLength: 5 },
  );
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'BREW', '');
  const body = fc.oneof(fc.constantFrom(...bodies), fc.json(), fc.string({ unit: 'binary' }));
  return fc.tuple(method, target, host, headers, body).map(([verb, path, name, more, text]) => {
    const length = `Content-Length: ${Buffer.byteLength(text)}`;
    return `${verb} ${path} HTTP/1.1\r\n${[`Host: ${name}`, length, ...more].join('\r\n')}\r\n\r\n${text}`;
  });
}

/** After so long without a word the connection counts as held open, as any server holds an unfinished request. */
const PATIENCE_MS = 500;

/** @returns the status; 0 where the connection was ended, or held, without an answer */
export function exchange(port: number, request: string): Promise<number> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    const end = (): void => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer.replace(/^HTTP\/1\.1 100[^]*?\r\n\r\n/, ''))?.[1] ?? 0));
    };
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (!answer.startsWith('HTTP/1.1 100')) end();
    });
    socket.on('close', end);
    socket.on('error', end);
    socket.setTimeout(PATIENCE_MS, end);
  });
}

/** A 4xx, or no answer; GET /health alone may be answered. */
export const isRefusal = (status: number, request: string): boolean =>
  status === 0 || (status >= 400 && status < 500) || (status === 200 && request.startsWith('GET /health '));
