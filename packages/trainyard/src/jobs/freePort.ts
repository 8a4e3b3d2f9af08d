/**
 * A port on the loopback interface that nobody listens on.
 * @module
 */
import { createServer } from 'node:net';

/**
 * Below what systems give to outgoing connections (from 32768 on Linux): one of those may be a connection's before the process that
 * it was found for listens there.
 */
const FIRST = 20_000;
const LAST = 32_767;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
