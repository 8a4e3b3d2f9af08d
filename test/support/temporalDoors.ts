/**
 * Doors before a plain Temporal server that let in whom Temporal Cloud lets in: who shows a client certificate of the right
 * authority, or an API key and the namespace that the call is for. All certificates are made here, for an hour.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  connect,
  constants,
  createSecureServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect as connectTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';

export interface Door {
  /** localhost:port */
  address: string;
  close(): void;
}

export interface Identity {
  /** Paths of PEM files. */
  certificate: string;
  key: string;
}

export interface Certificates {
  /** Path of the certificate of the authority that vouches for `server` and `client`. */
  authority: string;
  server: Identity;
  client: Identity;
  /** Of an authority that nobody here trusts. */
  stranger: Identity;
  remove(): void;
}

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'attune-certificates-'));
  const at = (name: string): Identity => ({
    certificate: join(folder, `${name}.pem`),
    key: join(folder, `${name}.key`),
  });
  const make = (name: string, more: string[] = []): Identity => {
    const { certificate, key } = at(name);
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', `/CN=${name}`];
    execFileSync('openssl', [...request, '-keyout', key, '-out', certificate, ...more], { stdio: 'ignore' });
    return { certificate, key };
  };
  const authority = make('authority');
  const signed = ['-CA', authority.certificate, '-CAkey', authority.key, '-addext', 'basicConstraints=CA:FALSE'];
  return {
    authority: authority.certificate,
    server: make('server', [...signed, '-addext', 'subjectAltName=DNS:localhost']),
    client: make('client', signed),
    stranger: make('stranger'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

const pemOf = ({ certificate, key }: Identity) => ({ cert: readFileSync(certificate), key: readFileSync(key) });

/** TLS ends here; what comes in goes on to the server as it is. */
export async function mutualTlsDoor(server: string, { server: own, authority }: Certificates): Promise<Door> {
  const demands = { ca: readFileSync(authority), requestCert: true, rejectUnauthorized: true };
  const door = createTlsServer({ ...pemOf(own), ...demands, ALPNProtocols: ['h2'] }, (caller) => {
    const beyond = connectTcp({ host: '127.0.0.1', port: Number(server.split(':')[1]) });
    pipeline(caller, beyond, caller, () => undefined);
  });
  return opened(door);
}

/** gRPC's status of a call without credentials, and of one that the key does not allow. */
const UNAUTHENTICATED = 16;
const PERMISSION_DENIED = 7;

/** The one call that no namespace is known at. */
const BEFORE_ANY = '/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo';
/** @temporalio/worker 1.24, NativeConnection.operatorService: Temporal Cloud refuses every call of it. */
const FOR_OPERATORS = '/temporal.api.operatorservice.';

/** @param allowed  the key, and the one namespace that it may use */
export async function apiKeyDoor(
  server: string,
  { server: own }: Certificates,
  allowed: { key: string; namespace: string },
): Promise<Door> {
  // The server asks its callers to go after some minutes and come anew.
  let line = connect(`http://${server}`);
  const beyond = (): ClientHttp2Session => {
    if (line.closed || line.destroyed) line = connect(`http://${server}`);
    return line;
  };
  const door = createSecureServer(pemOf(own)).on(
    'stream',
    (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      stream.on('error', () => undefined); // whoever called has gone
      const path = headers[':path']!;
      if (headers.authorization !== `Bearer ${allowed.key}`) return refuse(stream, UNAUTHENTICATED);
      const isOfNamespace = headers['temporal-namespace'] === allowed.namespace && !path.startsWith(FOR_OPERATORS);
      if (!isOfNamespace && path !== BEFORE_ANY) return refuse(stream, PERMISSION_DENIED);
      handOn(stream, beyond().request({ ...withoutDoor(headers), ':method': 'POST', ':path': path }));
    },
  );
  const { address, close } = await opened(door);
  const closeAll = (): void => {
    close();
    line.destroy();
  };
  return { address, close: closeAll };
}

/** One call, there and back: gRPC's status comes in trailers, or in the headers of an answer without a body. */
function handOn(stream: ServerHttp2Stream, call: ClientHttp2Stream): void {
  call.on('response', (headers) => {
    stream.respond(withoutDoor(headers, ':status'), { waitForTrailers: true });
    let trailers: IncomingHttpHeaders = {};
    call.on('trailers', (sent: IncomingHttpHeaders) => (trailers = sent));
    stream.on('wantTrailers', () => stream.sendTrailers(withoutDoor(trailers)));
    pipeline(call, stream, () => undefined);
  });
  call.on('error', () => stream.close(constants.NGHTTP2_CANCEL));
  stream.on('aborted', () => call.close(constants.NGHTTP2_CANCEL));
  stream.pipe(call);
}

function refuse(stream: ServerHttp2Stream, status: number): void {
  const words = { 'content-type': 'application/grpc', 'grpc-status': status, 'grpc-message': 'Request unauthorized.' };
  stream.respond({ ':status': 200, ...words }, { endStream: true });
}

/** What HTTP/2 says of the connection it says anew on the next one. */
const withoutDoor = (headers: IncomingHttpHeaders, keep?: string): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':') || name === keep));

async function opened(door: Server): Promise<Door> {
  const callers = new Set<Socket>();
  door.on('connection', (socket: Socket) => void callers.add(socket));
  door.on('tlsClientError', () => undefined); // refused, which is what it is for
  door.on('sessionError', () => undefined);
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    door.close();
    for (const socket of callers) socket.destroy();
  };
  return { address: `localhost:${(door.address() as AddressInfo).port}`, close };
}
