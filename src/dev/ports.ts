/**
 * Ports on the loopback interface.
 * @module
 */
import { createServer } from 'node:net';

/** The wanted port where it is free, else one that the system picks. */
export async function freePort(wanted = 0): Promise<number> {
  try {
    return await bind(wanted);
  } catch (error) {
    if (wanted === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return bind(0);
  }
}

function bind(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve((address as { port: number }).port));
    });
  });
}
