/**
 * A local stack of a test's own, over real jobs, and the command line in its folder: what a user has.
 * @module
 */
import { S3Client } from '@aws-sdk/client-s3';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface OwnStack {
  stack: Stack;
  /** `attune …` in the folder, pointed at the stack; ends with any code. */
  attune(...args: string[]): Promise<Ended>;
  s3: S3Client;
  /** With its jobs. */
  stop(): Promise<void>;
}

/** @param folder  the stack's state lies in it too; removed by whoever made it */
export async function startOwnStack(folder: string): Promise<OwnStack> {
  const stack = await startStack({
    stateDir: join(folder, 'state'),
    // Any that are free: other suites start stacks at the same time.
    ports: { temporal: 0, ui: 0, s3: 0, sagemaker: 0, events: 0 },
    log: () => undefined,
  });
  const { aws } = stack.describe;
  const credentials = { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey };
  const s3 = new S3Client({ endpoint: aws.s3, region: aws.region, credentials, forcePathStyle: true });
  return {
    stack,
    s3,
    attune: (...args) => ended(folder, [join(projectRoot, 'dist', 'cli', 'main.js'), ...args], stack.environment),
    stop: async () => {
      s3.destroy();
      await stack.stop({ jobs: true });
    },
  };
}

const ended = (cwd: string, args: string[], env: Record<string, string>): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
