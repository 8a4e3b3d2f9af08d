/**
 * The S3 server that set-up provided, as a process that a test may kill and start again over the same folder.
 * @module
 */
import { S3Client } from '@aws-sdk/client-s3';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/dev/ports.js';
import { findTool } from '../../src/dev/toolchain/findTool.js';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test-secret' };

export interface S3Process {
  s3: S3Client;
  endpoint: string;
  pid: number;
  /** From its start to its first answer. */
  startedAfterMs: number;
  kill(): Promise<void>;
}

export async function startS3Process(folder: string): Promise<S3Process> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const since = performance.now();
  const server = spawn(findTool('versitygw'), ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', folder], {
    env: { ...process.env, ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
    stdio: 'ignore',
  });
  const ended = once(server, 'exit');
  const endpoint = `http://127.0.0.1:${port}`;
  while (!(await answers(endpoint))) {
    if (server.exitCode !== null) throw new Error(`the S3 server ended with exit code ${server.exitCode}`);
    await sleep(20); // between two questions to a server that is still starting
  }
  const startedAfterMs = performance.now() - since;
  const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  return {
    s3,
    endpoint,
    pid: server.pid!,
    startedAfterMs,
    kill: async () => {
      s3.destroy();
      server.kill('SIGKILL');
      await ended;
    },
  };
}

/** Any answer will do, a refusal too: it speaks HTTP. */
const answers = (endpoint: string): Promise<boolean> =>
  fetch(endpoint).then(
    () => true,
    () => false,
  );
