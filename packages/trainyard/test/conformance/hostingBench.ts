/**
 * A local SageMaker with its S3, and models small enough to load in a moment: the ground that the hosting tests stand on.
 * @module
 */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  SageMakerClient,
  type DescribeEndpointOutput,
  type ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/jobs/freePort.js';
import { archive } from '../support/archive.js';
import { listen, type Announcement, type Listener } from '../support/eventListener.js';
import { python, s3Server } from '../support/machine.js';
import { signedFetch } from '../support/signed.js';
import { writeReadyOutputs } from './readyOutputs.js';

export const ROLE = 'arn:aws:iam::000000000000:role/trainyard';
export const IMAGE = '763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:2.6.0-cpu-py312';
export const BUCKET = 'models';
export const REGION = 'us-east-1';
export const KEYS = { accessKeyId: 'local', secretAccessKey: 'local-secret' };
const EMULATOR = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export const environmentOf = (s3Url: string): Record<string, string> => ({
  AWS_ENDPOINT_URL_S3: s3Url,
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  AWS_REGION: 'us-east-1',
});

/** An S3 server over a folder, with an empty bucket. */
export async function startS3(folder: string): Promise<{ url: string; client: S3Client; stop(): Promise<void> }> {
  const port = await freePort();
  mkdirSync(join(folder, 's3'), { recursive: true });
  const args = ['--port', `127.0.0.1:${port}`, '--region', 'us-east-1', '--quiet', 'posix', join(folder, 's3')];
  const env = { ...process.env, ROOT_ACCESS_KEY: KEYS.accessKeyId, ROOT_SECRET_KEY: KEYS.secretAccessKey };
  const server = spawn(s3Server, args, { env, stdio: 'ignore' });
  await until('the S3 server listens', () => accepts(port));
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: KEYS,
    forcePathStyle: true,
  });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  return { url: `http://127.0.0.1:${port}`, client, stop: () => end(server, 'SIGTERM') };
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** Asks until it is so. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await sleep(20); // between two questions about a state that others bring about
  }
}

/** The emulator as a process of its own, over one state folder; it can be killed and started again. */
export class Bench {
  private emulator: ChildProcess | undefined;
  /** Of the emulator. */
  url = '';
  sageMaker!: SageMakerClient;
  runtime!: SageMakerRuntimeClient;
  logs!: CloudWatchLogsClient;

  private constructor(
    readonly folder: string,
    private readonly s3: Awaited<ReturnType<typeof startS3>>,
    private readonly listener: Listener | undefined,
    private readonly more: string[],
  ) {}

  /**
   * @param listens    whether state changes are posted to this process, which keeps them as `announced`
   * @param instantMs  jobs and endpoints are no processes and take so long; they leave what is in `outputs`
   */
  static async start({ listens = false, instantMs }: { listens?: boolean; instantMs?: number } = {}): Promise<Bench> {
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-hosting-'));
    const listener = listens ? await listen() : undefined;
    const args = instantMs === undefined ? [] : ['--instant', String(instantMs), '--outputs', join(folder, 'outputs')];
    const bench = new Bench(folder, await startS3(folder), listener, args);
    if (instantMs !== undefined) await writeReadyOutputs(bench.outputs);
    await bench.startEmulator();
    return bench;
  }

  get outputs(): string {
    return join(this.folder, 'outputs');
  }

  /** All state changes so far, in the order of their arrival. */
  get announced(): Announcement[] {
    return this.listener?.announced ?? [];
  }

  /** Asks for faults to come. */
  async faults(...list: object[]): Promise<void> {
    const reply = await this.askFaults('POST', JSON.stringify(list));
    if (!reply.ok) throw new Error(await reply.text());
  }

  async forgetFaults(): Promise<void> {
    await this.askFaults('DELETE');
  }

  askFaults(method: string, body?: string): Promise<Response> {
    return signedFetch(`${this.url}/faults`, { method, body }, { ...KEYS, region: REGION });
  }

  get s3Client(): S3Client {
    return this.s3.client;
  }

  get stateDir(): string {
    return join(this.folder, 'state');
  }

  async startEmulator(): Promise<void> {
    const args = ['--state', this.stateDir, '--python', python, '--role', ROLE, '--faults', ...this.more];
    if (this.listener) args.push('--events-url', this.listener.url);
    const child = spawn(process.execPath, [EMULATOR, ...args], {
      env: { ...process.env, ...environmentOf(this.s3.url) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.emulator = child;
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    this.url = url;
    const settings = { endpoint: url, region: 'us-east-1', credentials: KEYS, maxAttempts: 1 };
    this.sageMaker = new SageMakerClient(settings);
    this.runtime = new SageMakerRuntimeClient(settings);
    this.logs = new CloudWatchLogsClient(settings);
  }

  async killEmulator(): Promise<void> {
    if (this.emulator) await end(this.emulator, 'SIGKILL');
  }

  /** Ends everything that was started, endpoints included. */
  async stop(): Promise<void> {
    await this.killEmulator();
    const ender = spawn(process.execPath, [EMULATOR, '--state', this.stateDir, '--kill-all'], {
      stdio: 'inherit',
    });
    await once(ender, 'exit');
    await this.s3.stop();
    this.listener?.close();
    rmSync(this.folder, { recursive: true });
  }

  /** Uploads `code/inference.py` as model data and creates the model. */
  async model(name: string, code: string, files: Record<string, string> = {}): Promise<void> {
    const Body = await archive({ ...files, 'code/inference.py': code });
    await this.s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${name}/model.tar.gz`, Body }));
    await this.modelOf(name, `s3://${BUCKET}/${name}/model.tar.gz`);
  }

  async upload(key: string, body: Buffer | string): Promise<void> {
    await this.s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
  }

  async modelOf(name: string, url: string, environment: Record<string, string> = {}): Promise<void> {
    const Environment = { SHOWN: '/opt/ml/model/data.txt', ...environment };
    const PrimaryContainer = { Image: IMAGE, ModelDataUrl: url, Environment };
    await this.sageMaker.send(new CreateModelCommand({ ModelName: name, ExecutionRoleArn: ROLE, PrimaryContainer }));
  }

  async config(name: string, ...variants: Partial<ProductionVariant>[]): Promise<void> {
    const ProductionVariants = variants.map((variant) => ({
      VariantName: 'main',
      InstanceType: 'ml.c6i.xlarge' as const,
      InitialInstanceCount: 1,
      ModelName: name,
      ...variant,
    }));
    await this.sageMaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants }));
  }

  /** Model, configuration and endpoint of one name, brought into service. */
  async serve(name: string, code: string, variant: Partial<ProductionVariant> = {}): Promise<void> {
    await this.model(name, code);
    await this.config(name, variant);
    await this.sageMaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
    await this.settled(name);
  }

  describe(name: string): Promise<DescribeEndpointOutput> {
    return this.sageMaker.send(new DescribeEndpointCommand({ EndpointName: name }));
  }

  /** The endpoint once nothing is under way with it. */
  async settled(name: string): Promise<DescribeEndpointOutput> {
    let endpoint: DescribeEndpointOutput | undefined;
    await until(`endpoint ${name} is settled`, async () => {
      endpoint = await this.describe(name);
      return endpoint.EndpointStatus === 'InService' || endpoint.EndpointStatus === 'Failed';
    });
    return endpoint as DescribeEndpointOutput;
  }

  async invoke(name: string, input: unknown, more: { TargetVariant?: string; CustomAttributes?: string } = {}) {
    const { Body, ...reply } = await this.runtime.send(
      new InvokeEndpointCommand({
        EndpointName: name,
        ContentType: 'application/json',
        Accept: 'application/json',
        Body: JSON.stringify(input),
        ...more,
      }),
    );
    return { ...reply, output: JSON.parse(Buffer.from(Body).toString('utf8')) as unknown };
  }

  /** Process ids of the endpoint's instances. */
  pids(name: string): number[] {
    return this.addresses(name).map(({ pid }) => pid);
  }

  addresses(name: string): { pid: number; port: number }[] {
    const folder = join(this.stateDir, 'endpoints', name);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).flatMap((id) => {
      const path = join(folder, id, 'address.json');
      return existsSync(path) ? [JSON.parse(readFileSync(path, 'utf8')) as { pid: number; port: number }] : [];
    });
  }
}

/** A model that answers with its name and the inputs, after a while if asked to. */
export const echo = (name: string): string => `
import os
import time

def model_fn(model_dir):
    return ${JSON.stringify(name)}

def predict_fn(data, model):
    time.sleep(data.get("seconds", 0))
    return {"model": model, "inputs": data.get("inputs"), "pid": os.getpid()}
`;
