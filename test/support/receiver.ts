/**
 * A receiver of webhooks: a server on this machine that keeps what it gets and answers as it is told.
 * @module
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

type Answer = number | 'hangs' | ((response: ServerResponse) => void);

export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  private answers: Answer[] = [];
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      this.received.push({ path, headers, body: Buffer.concat(chunks).toString() });
      const answer = this.answers.shift() ?? 200;
      if (answer === 'hangs') return;
      if (typeof answer === 'function') return answer(response);
      response.writeHead(answer).end('ok');
    });
  });

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  /** An address that is a key: with a secret in its path. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/services/T0/B0/s3cret-path`;
  }
  /** One after the other; after them 200. */
  willAnswer(...answers: Answer[]): this {
    this.answers.push(...answers);
    return this;
  }
  events(): { type: string; id: string; data: Record<string, unknown> }[] {
    return this.received.map(({ body }) => JSON.parse(body) as ReturnType<Receiver['events']>[number]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
