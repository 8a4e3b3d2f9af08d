/**
 * `attune ui`: the runs as pages for this machine, until Ctrl-C.
 * @module
 */
import { once } from 'node:events';
import { freePort } from '../dev/ports.js';
import { serveUi } from '../ui/server.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';

export interface UiFlags extends JsonFlag {
  port?: number;
}

const USUAL_PORT = 7100;

export async function ui(io: Io, { port, json }: UiFlags): Promise<number> {
  const interruption = io.interruption();
  const server = await serveUi({ port: port ?? (await freePort(USUAL_PORT)), env: io.env });
  try {
    if (json) io.json({ url: server.url });
    else io.out(server.url);
    io.next('open it in a browser. Ctrl-C here ends it');
    if (!interruption.aborted) await once(interruption, 'abort');
    return EXIT.done;
  } finally {
    await server.close();
  }
}
