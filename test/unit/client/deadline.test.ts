import { once } from 'node:events';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { refusalOfTemporal } from '../../../src/client/connectionFault.js';
import { connectTemporal } from '../../../src/client/temporal.js';

/** An empty message of gRPC's. */
const NOTHING = Buffer.alloc(5);

let server: Http2Server;
const sockets = new Set<Socket>();
beforeEach(async () => {
  server = createServer().on('connection', (socket: Socket) => void sockets.add(socket));
  server.on('sessionError', () => undefined);
  // As a proxy whose server behind it hangs: it connects, and answers pings.
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined); // whoever called has gone
    if (!headers[':path']?.endsWith('/GetSystemInfo')) return;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(NOTHING);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('TEMPORAL_ADDRESS', `127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
  sockets.forEach((socket) => socket.destroy());
});

test('a server that is reached and never answers is given up, and that is said', async () => {
  const { client, close } = await connectTemporal(process.env, 300);

  const error = await client.workflow
    .getHandle('finetune/any')
    .describe()
    .catch((thrown: unknown) => refusalOfTemporal(thrown));

  expect(error).toMatchObject({
    type: 'NoServer',
    message: expect.stringMatching(/^the Temporal server has not answered in time: DEADLINE_EXCEEDED/),
    mend: expect.stringContaining('may have been done'),
  });
  await close();
});

test('an earlier deadline of the caller holds', async () => {
  const { client, close } = await connectTemporal(process.env, 10_000);
  const since = Date.now();

  await expect(
    client.withDeadline(since + 200, () => client.workflow.getHandle('finetune/any').describe()),
  ).rejects.toMatchObject({ cause: { code: 4 } });

  expect(Date.now() - since).toBeLessThan(8_000);
  await close();
});
