/**
 * The local stack with an emulator in instant mode: real processes of attune, Temporal and S3, and jobs that only take
 * time, unless real ones are asked for. Any of its processes can be killed and started again. It runs the built `dist/`, like
 * any user's stack.
 * @module
 */
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { BedrockClient } from '@aws-sdk/client-bedrock';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { Client, Connection } from '@temporalio/client';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signedFetch } from '../../packages/trainyard/test/support/signed.js';
import { ANSWER_WITHIN_MS, answeredWithin } from '../../src/client/deadline.js';
import { freePort } from '../../src/dev/ports.js';
import { startStack, type Ports, type Stack, type StackOptions, type TemporalProgram } from '../../src/dev/stack.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { TASK_QUEUE } from '../../src/run/ids.js';
import { Line } from './line.js';
import type { Run } from './loop.js';
import type { VectorDatabase } from './postgres/vectorDatabase.js';
import { writeReadyOutputs } from './readyOutputs.js';
import { uploadSmallDomain } from './smallDomain.js';

/** As the local stack names its processes; and the database of an index, where there is one. */
export type ServiceName = 'Temporal' | 'S3' | 'SageMaker' | 'workers' | 'PostgreSQL';

/** Servers that the workers reach by a line. */
export type LineName = 'Temporal' | 'SageMaker' | 'S3' | 'PostgreSQL';

/** Where the workers find the address of the database. */
export const INDEX_URL = 'ATTUNE_INDEX_URL';

export interface InstantStackOptions {
  /** How long each job, and each endpoint's start, takes: one value, or between two. Default 500. */
  jobMs?: number | [shortest: number, longest: number];
  /** Jobs and endpoints are real processes over a small domain; `jobMs` says nothing then. Default false. */
  realJobs?: boolean;
  /** Whether state changes are announced. Default true; without, the run polls. */
  events?: boolean;
  /** Whether the workers are started. Default true. */
  worker?: boolean;
  /** Further arguments of `attune worker`. */
  workerArgs?: string[];
  /** Default: the development server. */
  temporal?: TemporalProgram;
  /** Whether the workers reach their servers by lines that can be cut. Default false. */
  lines?: boolean;
  /** That specs with an index name by `INDEX_URL`. Default: none. Whoever has started it stops it. */
  database?: VectorDatabase;
  /** Answers as Amazon Bedrock. Default: nothing does. */
  languageModel?: StackOptions['languageModel'];
  /** What the processes have to say. Default: nothing is shown. */
  log?: (line: string) => void;
}

export interface InstantStack {
  stack: Stack;
  /** Between the workers and their servers; empty where none were asked for. */
  lines: Partial<Record<LineName, Line>>;
  database?: VectorDatabase;
  client: Client;
  s3: S3Client;
  sageMaker: SageMakerClient;
  autoScaling: ApplicationAutoScalingClient;
  /** Answered where there is a language model. */
  bedrock: BedrockClient;
  /** Folder of everything, for looking into logs; removed by `stop`. */
  stateDir: string;
  /** Starts a run of the whole loop. */
  startRun(changes?: Partial<FineTuneSpecInput>, options?: { workflowId?: string }): Promise<Run>;
  /** kill -9; resolves once the process is gone. */
  kill(name: ServiceName): Promise<void>;
  /** Starts a killed process again over its state; resolves once it answers. */
  restart(name: ServiceName): Promise<void>;
  /** How often each AWS operation was called since the emulator started. */
  calls(): Promise<Record<string, number>>;
  /** Faults that the emulator is asked for; see packages/trainyard/src/faults.ts. */
  faults: { add(list: object[]): Promise<void>; left(): Promise<object[]>; clear(): Promise<void> };
  stop(): Promise<void>;
}

const PAIRS = 'pairs.jsonl';
let runs = 0;

export async function startInstantStack({
  jobMs = 500,
  realJobs = false,
  events = true,
  worker = true,
  workerArgs,
  temporal,
  lines: asked = false,
  database,
  languageModel,
  log = () => undefined,
}: InstantStackOptions = {}): Promise<InstantStack> {
  const stateDir = mkdtempSync(join(tmpdir(), 'attune-instant-'));
  const outputs = join(stateDir, 'outputs');
  await writeReadyOutputs(outputs);
  const ports = { temporal: 0, ui: 0, s3: 0, sagemaker: 0, events: 0 };
  if (asked) Object.assign(ports, await portsAhead(temporal));
  const lines: InstantStack['lines'] = asked ? await openLines(ports, database) : {};
  const stack = await startStack({
    stateDir,
    ports,
    workerEnvironment: { ...byLines(lines), ...(database && { [INDEX_URL]: addressOf(database, lines.PostgreSQL) }) },
    worker,
    events,
    faults: true,
    instant: realJobs ? undefined : { ms: [jobMs].flat().join('-'), outputs },
    workerArgs,
    temporal,
    languageModel,
    stopGraceMs: 500,
    log,
  });
  // Also when this process ends without having come to stop().
  const endAll = (): void => stack.services.forEach(({ pid }) => pid && endNow(pid));
  process.once('exit', endAll);

  const { aws, bucket, temporal: server } = stack.describe;
  const credentials = { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey };
  const s3 = new S3Client({ endpoint: aws.s3, region: aws.region, credentials, forcePathStyle: true });
  const sageMaker = new SageMakerClient({ endpoint: aws.sagemaker, region: aws.region, credentials });
  const autoScaling = new ApplicationAutoScalingClient({ endpoint: aws.sagemaker, region: aws.region, credentials });
  const bedrock = new BedrockClient({ endpoint: aws.sagemaker, region: aws.region, credentials });
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: PAIRS, Body: '{"query": "q", "document": "d"}\n' }));
  const domain = realJobs
    ? await uploadSmallDomain(s3, bucket, join(stateDir, 'domain'))
    : { data: { pairs: `s3://${bucket}/${PAIRS}` } };
  const connection = await Connection.connect({
    address: server.address,
    interceptors: answeredWithin(ANSWER_WITHIN_MS),
  });
  const client = new Client({ connection });

  const ask = async (method: string, path: string, body?: string): Promise<Response> => {
    const reply = await signedFetch(
      `${aws.sagemaker}${path}`,
      { method, body },
      { ...credentials, region: aws.region },
    );
    if (!reply.ok) throw new Error(await reply.text());
    return reply;
  };
  const service = (name: ServiceName) => stack.services.find((one) => one.name === name)!;
  return {
    stack,
    lines,
    database,
    client,
    s3,
    sageMaker,
    autoScaling,
    bedrock,
    stateDir,
    startRun: (changes, options) => {
      const name = changes?.name ?? `instant-${process.pid}-${(runs += 1)}`;
      const input: FineTuneSpecInput = {
        apiVersion: 'attune/v1',
        ...domain,
        compute: { train: { instanceType: 'ml.m5.xlarge' }, evaluate: { instanceType: 'ml.m5.xlarge' } },
        timings: { pollSeconds: 2, freshPollSeconds: 1, capacitySeconds: 1 },
        // All runs of a stack have the same data: each is to have jobs of its own.
        reuse: false,
        ...changes,
        name,
      };
      return client.workflow.start('fineTune', {
        taskQueue: TASK_QUEUE.workflows,
        workflowId: options?.workflowId ?? `finetune/${name}`,
        args: [input],
      }) as Promise<Run>;
    },
    kill: (name) => (name === 'PostgreSQL' ? database!.kill() : service(name).kill()),
    restart: (name) => (name === 'PostgreSQL' ? database!.start() : service(name).start()),
    calls: async () => (await ask('GET', '/calls')).json() as Promise<Record<string, number>>,
    faults: {
      add: async (list) => void (await ask('POST', '/faults', JSON.stringify(list))),
      left: async () => (await ask('GET', '/faults')).json() as Promise<object[]>,
      clear: async () => void (await ask('DELETE', '/faults')),
    },
    stop: async () => {
      await connection.close();
      s3.destroy();
      sageMaker.destroy();
      autoScaling.destroy();
      bedrock.destroy();
      await stack.stop({ jobs: realJobs });
      await Promise.all(Object.values(lines).map((line) => line?.close()));
      process.off('exit', endAll);
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** A line has to know where it leads before there is anybody. */
async function portsAhead(temporal?: TemporalProgram): Promise<Pick<Ports, 'temporal' | 's3' | 'sagemaker'>> {
  const [ofTemporal, s3, sagemaker] = await Promise.all([freePort(), freePort(), freePort()]);
  return { temporal: temporal?.port ?? ofTemporal, s3, sagemaker };
}

async function openLines(
  { temporal, s3, sagemaker }: Ports,
  database?: VectorDatabase,
): Promise<InstantStack['lines']> {
  const [ofTemporal, ofS3, ofSageMaker, ofPostgreSQL] = await Promise.all([
    Line.open(temporal, 'json'),
    Line.open(s3, 'xml'),
    Line.open(sagemaker, 'json'),
    database && Line.open(database.port, 'postgres'),
  ]);
  return { Temporal: ofTemporal, S3: ofS3, SageMaker: ofSageMaker, PostgreSQL: ofPostgreSQL };
}

function addressOf({ url }: VectorDatabase, line?: Line): string {
  const address = new URL(url);
  if (line) address.port = String(line.port);
  return address.href;
}

function byLines({ Temporal, S3, SageMaker }: Partial<Record<LineName, Line>>): Record<string, string> | undefined {
  if (!Temporal || !S3 || !SageMaker) return undefined;
  const sageMaker = `http://127.0.0.1:${SageMaker.port}`;
  return {
    TEMPORAL_ADDRESS: `127.0.0.1:${Temporal.port}`,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${S3.port}`,
    AWS_ENDPOINT_URL_SAGEMAKER: sageMaker,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: sageMaker,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: sageMaker,
    AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING: sageMaker,
    AWS_ENDPOINT_URL_SERVICE_QUOTAS: sageMaker,
    AWS_ENDPOINT_URL_S3VECTORS: sageMaker,
  };
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ended already
  }
}
