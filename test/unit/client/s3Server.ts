/**
 * A real S3 server for one test file: versitygw over a temporary folder.
 * @module
 */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../src/dev/ports.js';
import { findTool } from '../../../src/dev/toolchain/findTool.js';

export interface S3Server {
  s3: S3Client;
  bucket: string;
  /** What points any AWS SDK at it. */
  environment: Record<string, string>;
  stop(): Promise<void>;
}

export async function startS3(): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 'attune-s3-'));
  mkdirSync(join(folder, 'data'));
  const port = await freePort();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
  const server = spawn(
    findTool('versitygw'),
    ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', join(folder, 'data')],
    {
      env: { ...process.env, ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
      stdio: 'ignore',
    },
  );
  const ended = once(server, 'exit');
  while (!(await listens(port))) {
    if (server.exitCode !== null) throw new Error(`versitygw ended with exit code ${server.exitCode}`);
    await sleep(20); // between two knocks at a server that is still starting
  }
  const endpoint = `http://127.0.0.1:${port}`;
  const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  const bucket = 'test-bucket';
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    s3,
    bucket,
    environment: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ATTUNE_BUCKET: bucket,
    },
    stop: async () => {
      s3.destroy();
      server.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
