/**
 * Endpoints that take simulated time and no process: one small server inside the emulator answers for all their containers,
 * with the vectors that the ready-made evaluation recorded.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, InstantSettings } from '../context.js';
import type { Address, Instance } from '../hosting/instanceProcess.js';
import { DeploymentFailure } from '../hosting/modelData.js';
import { trafficOf } from '../hosting/traffic.js';
import { outlastS3 } from '../jobs/outlastS3.js';
import { hasObjects } from '../s3.js';
import { durationMs } from './duration.js';

/** Of a text that was not recorded, where nothing was recorded at all. */
const DIMENSIONS = 8;

export interface InstantEndpoints {
  close(): void;
}

/** Makes the instances of all endpoints come up in simulated time. */
export async function serveInstantly(context: Context, settings: InstantSettings): Promise<InstantEndpoints> {
  const vectors = recordedVectors(settings.outputs);
  const dimensions = [...vectors.values()][0]?.length ?? DIMENSIONS;
  const unknown = [1, ...Array.from({ length: dimensions - 1 }, () => 0)];
  const token = randomBytes(16).toString('hex');
  const server = createServer((request, response) => {
    if (request.headers['x-trainyard-token'] !== token) return void response.writeHead(403).end();
    answer(request, response, (text) => vectors.get(text) ?? unknown).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = { pid: process.pid, port: (server.address() as AddressInfo).port, token };
  trafficOf(context).bringUp = async (_context, instance): Promise<Address> => {
    await sleep(durationMs(instance.endpointName, settings), undefined, { ref: false }); // simulated time
    await requireModelData(instance);
    return address;
  };
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function recordedVectors(outputs: string): Map<string, number[]> {
  const path = join(outputs, 'evaluate', 'probes.json');
  if (!existsSync(path)) return new Map();
  const { probes } = JSON.parse(readFileSync(path, 'utf8')) as { probes: { text: string; vector: number[] }[] };
  return new Map(probes.map(({ text, vector }) => [text, vector]));
}

async function requireModelData({ variant: { source } }: Instance): Promise<void> {
  if (!source || (await outlastS3(() => hasObjects(source.S3Uri)))) return;
  throw new DeploymentFailure(
    `Failed to download model data for container "container_1" from URL: "${source.S3Uri}". Please ensure that there is an ` +
      'object located at the URL and that the role passed to CreateModel has permissions to download the object.',
  );
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  vectorOf: (text: string) => number[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const texts = textsIn(Buffer.concat(chunks).toString('utf8'));
  const message = 'expected JSON {"inputs": "text" | ["text", …]}';
  const [status, body] = texts
    ? [200, texts.map(vectorOf)]
    : [422, { error: { code: 'invalid_input', message, param: 'inputs' } }];
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function textsIn(body: string): string[] | undefined {
  try {
    const { inputs } = JSON.parse(body) as { inputs?: unknown };
    const texts = typeof inputs === 'string' ? [inputs] : inputs;
    return Array.isArray(texts) && texts.every((text) => typeof text === 'string') ? texts : undefined;
  } catch {
    return undefined; // no JSON: answered as bad input
  }
}
