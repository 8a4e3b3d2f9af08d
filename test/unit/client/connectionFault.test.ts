/**
 * Servers that refuse as Temporal's do, and what people read of it, from a client and from a worker.
 */
import { Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { connectionFault, refusalOfTemporal } from '../../../src/client/connectionFault.js';
import { registerCommand } from '../../../src/client/searchAttributeCommand.js';
import { freePort } from '../../../src/dev/ports.js';

const open: Http2Server[] = [];
let folder: string;
let certificate: { key: Buffer; cert: Buffer };

beforeAll(() => {
  // The native half prints what a failed connection makes it say.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { forward: {} } },
  });
  folder = mkdtempSync(join(tmpdir(), 'attune-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  );
  certificate = { key: readFileSync(key), cert: readFileSync(cert) };
});
afterEach(() => open.splice(0).forEach((server) => server.close()));
afterAll(() => rmSync(folder, { recursive: true }));

const answering =
  (status: number, message: string) =>
  (stream: ServerHttp2Stream): void =>
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status, 'grpc-message': message },
      { endStream: true },
    );

async function listening(server: Http2Server): Promise<string> {
  open.push(server);
  server.on('sessionError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `localhost:${(server.address() as AddressInfo).port}`;
}

interface Asked {
  address: string;
  tls?: boolean | { serverRootCACertificate: Buffer };
}

/** By the client's connection and by the worker's. */
async function faultsOf(options: Asked): Promise<{ message: string; mend: string }[]> {
  const faults: { message: string; mend: string }[] = [];
  for (const connect of [
    () => Connection.connect({ ...options, connectTimeout: '1s' }),
    () => NativeConnection.connect(options),
  ]) {
    const error: unknown = await connect().then(
      () => new Error('it connected'),
      (thrown: unknown) => thrown,
    );
    const { message, mend } = (await connectionFault(error, options)) as { message: string; mend: string };
    faults.push({ message, mend });
  }
  return faults;
}

test.each([
  [16, /does not accept the credentials: UNAUTHENTICATED \(Request unauthorized\.\)/, /TEMPORAL_API_KEY/],
  [7, /does not allow this: PERMISSION_DENIED \(Request unauthorized\.\)/, /TEMPORAL_NAMESPACE/],
])('a server that answers with gRPC status %i', async (status, message, mend) => {
  const server = createServer().on('stream', answering(status, 'Request unauthorized.'));
  const address = await listening(server);

  for (const fault of await faultsOf({ address })) {
    expect(fault.message).toContain(address);
    expect(fault.message).toMatch(message);
    expect(fault.mend).toMatch(mend);
  }
});

test('nobody listens there, or the name is not known', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  for (const { message, mend } of await faultsOf({ address })) {
    expect(message).toBe(`no Temporal server answers at ${address}`);
    expect(mend).toMatch(/attune dev/);
  }
  for (const { message } of await faultsOf({ address: 'no-such-host.invalid:7233' }))
    expect(message).toMatch(/the name no-such-host\.invalid is not known/);
});

test('TLS on one side only', async () => {
  const secure = await listening(createSecureServer(certificate).on('stream', answering(16, '')));
  for (const { message, mend } of await faultsOf({ address: secure })) {
    expect(message).toMatch(/: the server speaks TLS$/);
    expect(mend).toMatch(/TEMPORAL_TLS=true/);
  }
  const plain = await listening(createServer().on('stream', answering(16, '')));
  for (const { message } of await faultsOf({ address: plain, tls: true })) expect(message).toMatch(/: TLS: /);
});

test('a server certificate that nobody vouches for, and a client certificate that is missing', async () => {
  const unknown = await listening(createSecureServer(certificate).on('stream', answering(16, '')));
  for (const { message, mend } of await faultsOf({ address: unknown, tls: true })) {
    expect(message).toMatch(/: TLS: .*self-signed certificate/);
    expect(mend).toMatch(/TEMPORAL_TLS_\*/);
  }
  const mutual = await listening(
    createSecureServer({ ...certificate, requestCert: true, rejectUnauthorized: true, ca: certificate.cert }),
  );
  for (const { message } of await faultsOf({ address: mutual, tls: { serverRootCACertificate: certificate.cert } }))
    expect(message).toMatch(/refuses the client certificate, or wants one and got none/);
});

test('a client certificate that a TLS library refuses by an alert; the same server to a client without TLS', async () => {
  const port = await freePort();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  // Of no authority that it knows: its own certificate serves as that of a stranger.
  const server = spawn(
    'openssl',
    [
      's_server',
      '-accept',
      String(port),
      '-key',
      key,
      '-cert',
      cert,
      '-Verify',
      '1',
      '-verify_return_error',
      '-no-CAfile',
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  try {
    // It has more to say before it listens.
    let said = '';
    while (!said.includes('ACCEPT')) said += String(await once(server.stdout, 'data'));
    const { cert: crt, key: privateKey } = certificate;
    const tls = { serverRootCACertificate: crt, clientCertPair: { crt, key: privateKey } };
    const address = `localhost:${port}`;
    expect(((await connectionFault(new Error('no'), { address, tls })) as Error).message).toMatch(
      /: TLS: the server refuses the client certificate/,
    );
    expect(((await connectionFault(new Error('no'), { address })) as Error).message).toMatch(/the server speaks TLS$/);
  } finally {
    server.kill('SIGKILL');
  }
});

test('an unknown namespace; what is no refusal stays as it came', () => {
  const unknown = Object.assign(new Error('Namespace not found'), {
    name: 'NamespaceNotFoundError',
    namespace: 'prod.a1b2c',
  });
  expect(refusalOfTemporal(unknown)).toMatchObject({
    type: 'NotConfigured',
    message: 'the Temporal server knows no namespace prod.a1b2c',
  });
  const other = new Error('something else');
  expect(refusalOfTemporal(other)).toBe(other);
});

test.each([
  [
    { address: 'prod.a1b2c.tmprl.cloud:7233', namespace: 'prod.a1b2c' },
    'tcld namespace search-attributes add --namespace prod.a1b2c --search-attribute "AttuneModel=Keyword"',
  ],
  [
    { address: 'us-east-1.aws.api.temporal.io:7233', namespace: 'x' },
    'tcld namespace search-attributes add --namespace x --search-attribute "AttuneModel=Keyword"',
  ],
  [
    { address: 'localhost:7233', namespace: 'default' },
    'temporal operator search-attribute create --namespace default --name AttuneModel --type Keyword',
  ],
])('the command that registers a search attribute at %o', (place, command) => {
  expect(registerCommand(place, [{ name: 'AttuneModel', type: 'Keyword' }])).toBe(command);
});
