/**
 * Ports on the loopback interface.
 * @module
 */
import { createServer } from 'node:net';

/**
 * Where a port is looked for that anybody may have: below those that systems give to outgoing connections (from 32768 on Linux,
 * 49152 elsewhere). One of theirs may be a connection's before the server that it was found for has taken it.
 */
const FIRST = 20_000;
const LAST = 32_767;
const TRIES = 200;

/** What was given away and its server may not have taken yet. */
const given = new Set<number>();

/** The wanted port where it is free, else any that is; never the same one twice from one process. @throws where none is free */
export async function freePort(wanted = 0): Promise<number> {
  if (wanted !== 0 && (await isFree(wanted))) return wanted;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no port is free on 127.0.0.1: tried ${TRIES} between ${FIRST} and ${LAST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
