/**
 * A network line that can be cut: it carries bytes from a port of its own to a server's, until it is told to do otherwise.
 * @module
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a line can be told to be. */
export const LINE_TROUBLES = ['refused', 'hung', 'slow', 'half-open', 'expired'] as const;
/**
 * `refused`: nobody listens, and what was connected is reset. `hung`: connected, and nothing comes through until it is open
 * again. `slow`: each piece takes its time. `half-open`: what was connected never hears anything again, as after a lost NAT
 * entry; new connections are fine. `expired`: the server's answer to credentials whose time is over, to whatever is asked.
 */
export type LineTrouble = (typeof LINE_TROUBLES)[number];

/** How long each piece takes on a slow line. */
const SLOW_MS = 250;

const EXPIRED = {
  json: reply(
    'application/x-amz-json-1.1',
    '{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}',
    'x-amzn-ErrorType: ExpiredTokenException\r\n',
  ),
  xml: reply(
    'application/xml',
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>',
  ),
  postgres: fatal('28P01', 'password authentication failed for user "expired"'),
};

export class Line {
  private state: LineTrouble | 'open' = 'open';
  private readonly pairs = new Set<Pair>();
  /** Those that hear that their credentials have expired as soon as they ask something. */
  private readonly expiring = new Set<Socket>();
  private server: Server | undefined;

  private constructor(
    readonly port: number,
    private readonly to: number,
    private readonly errors: keyof typeof EXPIRED,
  ) {}

  /**
   * @param to      port of 127.0.0.1
   * @param errors  how the server behind it says that something is wrong
   */
  static async open(to: number, errors: keyof typeof EXPIRED): Promise<Line> {
    const first = await listening(createServer(), 0);
    const { port } = first.address() as { port: number };
    await closed(first);
    const line = new Line(port, to, errors);
    await line.listen();
    return line;
  }

  async become(state: LineTrouble | 'open'): Promise<void> {
    this.state = state;
    if (state === 'refused' || state === 'expired') for (const pair of this.pairs) pair.cut();
    if (state === 'half-open') for (const pair of this.pairs) pair.forget();
    if (state === 'refused') {
      for (const socket of this.expiring) socket.resetAndDestroy(); // it may never ask: the server would not close
      const before = this.server;
      this.server = undefined;
      if (before) await closed(before);
    } else if (!this.server) await this.listen();
    if (state !== 'hung') for (const pair of this.pairs) pair.flow();
  }

  async close(): Promise<void> {
    await this.become('refused');
  }

  private async listen(): Promise<void> {
    this.server = await listening(
      createServer((socket) => this.carry(socket)),
      this.port,
    );
  }

  private carry(socket: Socket): void {
    if (this.state === 'expired') {
      this.expiring.add(socket);
      socket.once('data', () => socket.end(EXPIRED[this.errors]));
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.expiring.delete(socket));
      return;
    }
    const pair = new Pair(socket, connect({ host: '127.0.0.1', port: this.to }), () => this.state);
    this.pairs.add(pair);
    void pair.ended.then(() => this.pairs.delete(pair));
  }
}

/** A connection: both its halves. */
class Pair {
  readonly ended: Promise<unknown>;
  private forgotten = false;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly near: Socket,
    private readonly far: Socket,
    private readonly state: () => LineTrouble | 'open',
  ) {
    this.ended = Promise.all([this.pump(near, far), this.pump(far, near)]);
  }

  cut(): void {
    this.near.resetAndDestroy();
    this.far.resetAndDestroy();
    this.flow();
  }

  /** The client's half stays, and is told nothing; the server sees it go. */
  forget(): void {
    this.forgotten = true;
    this.far.destroy();
    this.flow();
  }

  flow(): void {
    this.waiting.splice(0).forEach((go) => go());
  }

  private async pump(from: Socket, into: Socket): Promise<void> {
    try {
      for await (const piece of from) {
        if (this.state() === 'hung') await new Promise<void>((go) => this.waiting.push(go));
        if (this.state() === 'slow') await sleep(SLOW_MS);
        if (this.forgotten) continue;
        if (!into.write(piece as Buffer)) await Promise.race([once(into, 'drain'), once(into, 'close')]);
      }
    } catch {
      // Reset by one side or cut by us: the other half has to go as well.
    }
    if (this.forgotten && from === this.far) return;
    into.destroy();
  }
}

function reply(type: string, body: string, more = ''): string {
  return (
    `HTTP/1.1 400 Bad Request\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
    `${more}Connection: close\r\n\r\n${body}`
  );
}

/** An ErrorResponse of PostgreSQL's protocol, 3.0. */
function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5, 'E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

async function listening(server: Server, port: number): Promise<Server> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((done) => server.close(() => done()));
}
