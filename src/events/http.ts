/**
 * The bridge's HTTP door, on the loopback interface only: POST / with one EventBridge envelope, GET / with the counts, both for
 * those who have the token. GET /health is for everybody of this machine, and says nothing.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLocal, isSame } from '../client/loopback.js';
import type { Bridge } from './bridge.js';
import { envelopeOf, MOST_BYTES } from './parse.js';

export interface EventServer {
  url: string;
  close(): Promise<void>;
}

export interface DoorOptions {
  /** 0: any that is free. */
  port: number;
  /** Asked for as `Authorization: Bearer …`: other users' programs, and web pages, reach the port as well. */
  token: string;
}

export async function serveEvents(bridge: Bridge, { port, token }: DoorOptions): Promise<EventServer> {
  const server = createServer((request, response) => {
    answer(bridge, token, request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port} for events is taken; choose another one with --events-port`)
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  bridge: Bridge,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const say = (status: number, body: object) =>
    void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  const { method, url, headers } = request;
  if (!isLocal(request)) return say(403, { message: 'only programs of this machine, by 127.0.0.1 or localhost' });
  if (method === 'GET' && url === '/health') return say(200, {});
  if (!isSame(headers.authorization, `Bearer ${token}`)) return say(401, { message: 'the token is missing or wrong' });
  if (url !== '/') return say(404, { message: 'POST / with one EventBridge envelope; GET / for the counts' });
  if (method === 'GET') return say(200, bridge.counts);
  if (method !== 'POST') return say(405, { message: 'POST one EventBridge envelope' });
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? ''))
    return say(415, { message: 'an event is application/json' });
  const text = await bodyOf(request);
  if (text === undefined) return say(413, { message: `an event has at most ${MOST_BYTES} bytes` });
  try {
    const event = await bridge.deliver(envelopeOf(text));
    if (event.kind === 'malformed') return say(400, { message: event.why });
    say(200, { result: event.kind });
  } catch (error) {
    say(503, { message: `Temporal did not take the event: ${(error as Error).message}` });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
  }
  return bytes > MOST_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}
