/**
 * Who is told of state changes: a small server that keeps what is posted to it.
 * @module
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** As EventBridge would deliver it. */
export interface Announcement {
  'detail-type': string;
  detail: Record<string, unknown>;
}

export interface Listener {
  url: string;
  /** In the order of their arrival. */
  announced: Announcement[];
  close(): void;
}

export async function listen(): Promise<Listener> {
  const announced: Announcement[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      announced.push(body as Announcement);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, announced, close: () => void server.close() };
}
