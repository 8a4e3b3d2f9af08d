/**
 * Amazon S3 Vectors for the tests of one file: the local stand-in as a process of its own, with a vector bucket, and a fake S3 for
 * what names the version in service.
 * @module
 */
import { CreateVectorBucketCommand, S3VectorsClient } from '@aws-sdk/client-s3vectors';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { signedFetch } from '../../packages/trainyard/test/support/signed.js';
import { findTool, projectRoot } from '../../src/dev/toolchain/findTool.js';
import { freePort } from '../../src/dev/ports.js';

export const VECTOR_BUCKET = 'test-vectors';
const KEYS = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
const SIGNER = { ...KEYS, region: 'us-east-1' };

export interface VectorServer {
  url: string;
  s3Vectors: S3VectorsClient;
  /** Variables by which an SDK reaches it. */
  environment: Record<string, string>;
  /** The next calls that fit are struck so. */
  withFaults(...faults: object[]): Promise<void>;
  forgetFaults(): Promise<void>;
  crash(): Promise<void>;
  /** It has crashed by itself, as a fault may have it. */
  ended(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

export async function vectorServer(): Promise<VectorServer> {
  const folder = mkdtempSync(join(tmpdir(), 'attune-s3-vectors-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const main = join(projectRoot, 'packages/trainyard/dist/main.js');
  const environment = {
    AWS_ENDPOINT_URL_S3VECTORS: url,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  };
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const own = ['--state', folder, '--port', String(port), '--python', findTool('python'), '--namespaces', 'off'];
    server = spawn(process.execPath, [main, ...own, '--faults'], {
      cwd: projectRoot,
      // Nothing here asks for S3.
      env: { ...process.env, ...environment, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(createInterface({ input: server.stdout! }), 'line');
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === undefined || !isRunning(server)) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
    server = undefined;
  };
  await start();
  const s3Vectors = new S3VectorsClient({ endpoint: url, region: 'us-east-1', credentials: KEYS });
  await s3Vectors.send(new CreateVectorBucketCommand({ vectorBucketName: VECTOR_BUCKET }));
  return {
    url,
    s3Vectors,
    environment,
    withFaults: async (...faults) =>
      void (await signedFetch(`${url}/faults`, { method: 'POST', body: JSON.stringify(faults) }, SIGNER)),
    forgetFaults: async () => void (await signedFetch(`${url}/faults`, { method: 'DELETE' }, SIGNER)),
    crash: () => end('SIGKILL'),
    ended: async () => {
      if (server && isRunning(server)) await once(server, 'exit');
    },
    start,
    stop: async () => {
      s3Vectors.destroy();
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
