/**
 * The bridge's HTTP door: POST / with one EventBridge envelope; GET /health with the counts. On the loopback interface only.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bridge } from './bridge.js';
import { envelopeOf, MOST_BYTES } from './parse.js';

export interface EventServer {
  url: string;
  close(): Promise<void>;
}

/** @param port  0: any that is free */
export async function serveEvents(bridge: Bridge, port: number): Promise<EventServer> {
  const server = createServer((request, response) => void answer(bridge, request, response));
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

async function answer(bridge: Bridge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const say = (status: number, body: object) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  try {
    if (request.method === 'GET' && request.url === '/health') return void say(200, bridge.counts);
    if (request.method !== 'POST') return void say(405, { message: 'POST one EventBridge envelope' });
    const text = await bodyOf(request);
    if (text === undefined) return void say(413, { message: `an event has at most ${MOST_BYTES} bytes` });
    const event = await bridge.deliver(envelopeOf(text));
    if (event.kind === 'malformed') return void say(400, { message: event.why });
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
