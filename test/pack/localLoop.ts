/**
 * From an installed package to a verified endpoint, by the commands that its README names, and down again.
 * @module
 */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { Connection } from '@temporalio/client';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TASK_QUEUE } from '../../src/run/ids.js';
import type { Progress } from '../../src/run/progress.js';
import { until } from '../support/loop.js';
import { startDev, type Installed } from './installed.js';

const smallDomain = fileURLToPath(new URL('../support/small_domain.py', import.meta.url));
const NAME = 'packed';

export interface LocalLoop {
  setupSeconds: number;
  /** From `attune dev` to its description of what runs. */
  devSeconds: number;
  runSeconds: number;
  progress: Progress;
  /** Whether Temporal saw the worker that was started beside the stack's own. */
  workerPolled: boolean;
  /** Whether `attune dev` ended in its own way after Ctrl-C, and not by being cut off. */
  saidGoodbye: boolean;
  /** Command lines of what still runs half a minute later. */
  left: string[];
}

export async function localLoop(installed: Installed, log: (line: string) => void): Promise<LocalLoop> {
  const { attune, start } = installed;
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<{ value: T; seconds: number }> => {
    const since = Date.now();
    const value = await work();
    const seconds = (Date.now() - since) / 1000;
    log(`${what}: ${seconds.toFixed(1)} s`);
    return { value, seconds };
  };

  const setup = await timed('attune setup', () => attune(['setup', '--json']));
  const { python } = JSON.parse(setup.value) as { python: string };
  const up = await timed('attune dev', () => startDev(installed));
  const dev = up.value;
  const env = JSON.parse(await attune(['env', '--json'])) as Record<string, string>;
  const spec = await writeSpec(installed, python, env);
  const ran = await timed(`attune submit ${spec} --watch`, () => attune(['submit', spec, '--watch', '--json'], env));
  const progress = JSON.parse(await attune(['show', NAME, '--json'], env)) as Progress;

  const identity = 'a-second-worker';
  const worker = start(['worker', '--identity', identity], env);
  await until(() => worker.said().includes('worker: polls') || worker.hasEnded());
  const workerPolled = await polls(env, `${TASK_QUEUE.aws}@${identity}`);
  log(`attune worker: ${worker.said().trim()}`);

  // An endpoint outlives the stack that made it, as it should: a person deletes what they no longer want.
  const sageMaker = new SageMakerClient(clientOptions(env, 'SAGEMAKER'));
  await sageMaker.send(new DeleteEndpointCommand({ EndpointName: NAME }));
  sageMaker.destroy();
  await worker.interrupt();
  await dev.interrupt();
  const saidGoodbye = dev.said().includes('stopping; jobs and endpoints keep running');
  const deadline = Date.now() + 30_000;
  let left: string[] = [];
  await until(async () => (left = await installed.leftRunning()).length === 0 || Date.now() > deadline);
  log(`stopped; processes left: ${left.length}`);
  return {
    setupSeconds: setup.seconds,
    devSeconds: up.seconds,
    runSeconds: ran.seconds,
    progress,
    workerPolled,
    saidGoodbye,
    left,
  };
}

/** The small domain: its pairs beside the spec, its base model in S3. @returns the spec's file */
async function writeSpec({ folder, run }: Installed, python: string, env: Record<string, string>): Promise<string> {
  const domain = join(folder, 'domain');
  const { code, stderr } = await run(python, [smallDomain, domain]);
  if (code !== 0) throw new Error(stderr);
  const s3 = new S3Client({ ...clientOptions(env, 'S3'), forcePathStyle: true });
  for (const { parentPath, name } of readdirSync(join(domain, 'base'), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile(),
  )) {
    const path = join(parentPath, name);
    await s3.send(
      new PutObjectCommand({ Bucket: env['ATTUNE_BUCKET'], Key: relative(folder, path), Body: readFileSync(path) }),
    );
  }
  s3.destroy();
  const spec = {
    apiVersion: 'attune/v1',
    name: NAME,
    data: { pairs: './domain/pairs.jsonl' },
    base: `s3://${env['ATTUNE_BUCKET']}/domain/base/`,
    train: { epochs: 5, learningRate: 0.05, batchSize: 32 },
    compute: { train: { instanceType: 'ml.m5.xlarge' }, evaluate: { instanceType: 'ml.m5.xlarge' } },
    gate: { minQuestions: 10 },
  };
  writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
  return 'spec.json';
}

const clientOptions = (env: Record<string, string>, service: string) => ({
  endpoint: env[`AWS_ENDPOINT_URL_${service}`],
  region: env['AWS_REGION']!,
  credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID']!, secretAccessKey: env['AWS_SECRET_ACCESS_KEY']! },
});

/** Temporal lists a poller with its first poll, a moment after the worker has said that it polls. */
async function polls(env: Record<string, string>, identity: string): Promise<boolean> {
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] });
  const deadline = Date.now() + 20_000;
  let seen = false;
  await until(async () => {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name: TASK_QUEUE.aws },
      taskQueueType: 2, // TASK_QUEUE_TYPE_ACTIVITY
    });
    seen = (pollers ?? []).some((poller) => poller.identity?.startsWith(identity));
    return seen || Date.now() > deadline;
  });
  await connection.close();
  return seen;
}
