/**
 * Why Temporal could not be reached or would not serve, in words: whoever it was that asked, by the status that it gave.
 * @module
 */
import { lookup } from 'node:dns/promises';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AttuneError } from '../spec/attuneError.js';

/** gRPC's statuses that stand for a person's mistake, with the words that the native client has for them. */
const STATUS = [
  {
    code: 16,
    name: 'UNAUTHENTICATED',
    native: /valid authentication credentials/i,
    means: 'does not accept the credentials',
    mend: "check TEMPORAL_API_KEY, or the profile's api_key: it may have expired, or belong to another account",
  },
  {
    code: 7,
    name: 'PERMISSION_DENIED',
    native: /does not have permission/i,
    means: 'does not allow this',
    mend: 'check that the API key or the client certificate may use the namespace in TEMPORAL_NAMESPACE',
  },
] as const;

const DEADLINE_EXCEEDED = 4;

/** A refusal of Temporal's, or its silence, as a sentence; anything else is handed back as it came. */
export function refusalOfTemporal(error: unknown): unknown {
  const where = 'the Temporal server';
  const { code, details } = grpcStatusIn(error);
  if (code !== DEADLINE_EXCEEDED || error instanceof AttuneError) return refusal(error, where);
  return new AttuneError(
    'NoServer',
    `${where} has not answered in time: DEADLINE_EXCEEDED (${details})`,
    'see whether the server at TEMPORAL_ADDRESS, and what lies before it, is well; what was asked may have been done',
    { cause: error },
  );
}

function refusal(error: unknown, where: string): unknown {
  if (error instanceof AttuneError) return error;
  // By name: the command line starts in a moment because it loads no SDK before it needs one.
  if ((error as Error | undefined)?.name === 'NamespaceNotFoundError')
    return unknownNamespace((error as { namespace?: string }).namespace ?? '', error);
  const { code, details } = grpcStatusIn(error);
  const message = (error as Error | undefined)?.message ?? '';
  const status = STATUS.find((one) => one.code === code || one.native.test(message));
  if (!status) return error;
  const words = details ?? /message: "([^"]*)"/.exec(message)?.[1];
  const said = words ? ` (${words})` : '';
  return new AttuneError('NotConfigured', `${where} ${status.means}: ${status.name}${said}`, status.mend, {
    cause: error,
  });
}

export const unknownNamespace = (namespace: string, cause?: unknown): AttuneError =>
  new AttuneError(
    'NotConfigured',
    `the Temporal server knows no namespace ${namespace}`,
    'check TEMPORAL_NAMESPACE; on Temporal Cloud it is <name>.<account>; elsewhere: temporal operator namespace create',
    { cause },
  );

export interface Reached {
  address: string;
  /** As envconfig read it: true, false, or options with certificates. */
  tls?: unknown;
}

/** Why `connect` threw; looks at the network once more where its error says nothing. */
export async function connectionFault(error: unknown, { address, tls }: Reached): Promise<unknown> {
  const where = `the Temporal server at ${address}`;
  const refused = refusal(error, where);
  if (refused !== error) return refused;
  const [why, mend] = await whyNot(address, tls);
  return new AttuneError('NoServer', `no Temporal server answers at ${address}${why ? `: ${why}` : ''}`, mend, {
    cause: error,
  });
}

const LOOK_WITHIN_MS = 3_000;

async function whyNot(address: string, tls: unknown): Promise<[why?: string, mend?: string]> {
  const { hostname: host, port } = new URL(`grpc://${address}`);
  const at = { host: host.replace(/^\[|\]$/g, ''), port: Number(port || 7233) };
  try {
    await lookup(at.host);
  } catch {
    return [`the name ${at.host} is not known`, 'check TEMPORAL_ADDRESS, or the address in the profile'];
  }
  if (!(await connects(at))) return [];
  const wrong = await handshakeFault(at, tls);
  if (tls && wrong)
    return [
      `TLS: ${wrong}`,
      'check TEMPORAL_TLS_* (certificate, key, server CA, server name), or set TEMPORAL_TLS=false',
    ];
  if (!tls && wrong === undefined)
    return ['the server speaks TLS', 'set TEMPORAL_TLS=true; for mTLS TEMPORAL_TLS_CLIENT_CERT_PATH and _KEY_PATH too'];
  return ['something listens there that is no Temporal server, or refuses this client', undefined];
}

function connects(at: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ ...at, timeout: LOOK_WITHIN_MS });
    const end = (reached: boolean) => () => {
      socket.destroy();
      resolve(reached);
    };
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false));
  });
}

interface TlsOptions {
  serverNameOverride?: string;
  serverRootCACertificate?: Uint8Array;
  clientCertPair?: { crt: Uint8Array; key: Uint8Array };
}

/** Undefined: the handshake went well. A server that wants a certificate says so only afterwards. */
function handshakeFault(at: { host: string; port: number }, tls: unknown): Promise<string | undefined> {
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = (
    typeof tls === 'object' && tls !== null ? tls : {}
  ) as TlsOptions;
  return new Promise((resolve) => {
    const socket = connectTls({
      ...at,
      ALPNProtocols: ['h2'],
      servername: serverNameOverride ?? (/^[\d.:]+$/.test(at.host) ? undefined : at.host),
      ca: serverRootCACertificate && Buffer.from(serverRootCACertificate),
      cert: clientCertPair && Buffer.from(clientCertPair.crt),
      key: clientCertPair && Buffer.from(clientCertPair.key),
      // Without TLS of its own it only asks whether the server speaks it; who the server is does not matter then.
      rejectUnauthorized: Boolean(tls),
      timeout: LOOK_WITHIN_MS,
    });
    let heard: NodeJS.Timeout | undefined;
    const end = (why?: string): void => {
      clearTimeout(heard);
      socket.destroy();
      resolve(why);
    };
    socket.once('secureConnect', () => {
      if (!tls) end();
      heard = setTimeout(end, 300); // TLS 1.3: a refused client hears of it now
    });
    socket.once('data', () => end());
    socket.once('end', () => end('the server hangs up, as one does that refuses the client certificate'));
    socket.once('timeout', () => end('no handshake'));
    socket.once('error', ({ message }: Error) => end(inWords(message)));
  });
}

/** A server's alerts on the certificate of a client: RFC 8446, section 6.2, as OpenSSL words them. */
const REFUSED_CERTIFICATE =
  /alert (certificate|bad certificate|unsupported certificate|unknown ca|access denied|handshake failure)|certificate required/i;

function inWords(message: string): string {
  if (REFUSED_CERTIFICATE.test(message)) return 'the server refuses the client certificate, or wants one and got none';
  if (/wrong version number|packet length too long/i.test(message)) return 'the server does not speak TLS';
  return message;
}

/** The gRPC status that this is or was caused by. */
export function grpcStatusIn(error: unknown): { code?: number; details?: string } {
  for (let at = error as Partial<{ code: unknown; details: unknown; cause: unknown }> | undefined; at;) {
    if (typeof at.code === 'number' && typeof at.details === 'string') return { code: at.code, details: at.details };
    at = at.cause as typeof at;
  }
  return {};
}
