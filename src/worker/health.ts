/**
 * Whether this process lives, and whether it can do its work: `GET /health` and `GET /ready`, for whatever restarts it.
 * @module
 */
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { ListEndpointsCommand } from '@aws-sdk/client-sagemaker';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsClients } from '../aws/clients.js';
import { inWords } from '../aws/errors.js';

export interface Address {
  host: string;
  /** 0: any that is free. */
  port: number;
}

/** What `/ready` answers: 200 where all is `ok`, else 503. */
export interface Readiness {
  ready: boolean;
  checks: { check: string; ok: boolean; found: string }[];
}

export interface Watched {
  connection: NativeConnection;
  namespace: string;
  clients: Pick<AwsClients, 'sageMaker' | 's3'>;
  bucket: string;
  /** Empty until they are made. */
  workers: () => readonly Worker[];
}

export interface HealthServer {
  url: string;
  close(): Promise<void>;
}

const TEMPORAL_WITHIN_MS = 3_000;
const AWS_WITHIN_MS = 5_000;
/** The account's rate of calls is shared with the runs: however often somebody looks, AWS is asked twice a minute. */
const AWS_KEPT_MS = 30_000;
/** A poll lasts a minute; one that ended longer ago than two has nobody behind it. */
const POLLED_WITHIN_MS = 120_000;

/** @throws Error in words for people where the address cannot be listened on */
export async function serveHealth(watched: Watched, { host, port }: Address): Promise<HealthServer> {
  const aws = keptFor(AWS_KEPT_MS, () => awsAnswers(watched));
  const server = createServer((request, response) => {
    const say = (status: number, body: object) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void say(405, { message: 'GET /health or /ready' });
    if (path === '/health') return void say(200, { pid: process.pid, uptimeSeconds: Math.round(process.uptime()) });
    if (path !== '/ready') return void say(404, { message: 'GET /health or /ready' });
    void readiness(watched, aws).then((found) => say(found.ready ? 200 : 503, found));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`--health ${host}:${port} cannot be listened on (${error.code}); choose another address`)),
    );
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

type Check = Readiness['checks'][number];

async function readiness(watched: Watched, aws: () => Promise<Check[]>): Promise<Readiness> {
  const { connection, workers } = watched;
  const own = workers().map((worker) => checkWorker(worker));
  const answers = await looked('Temporal', async () => {
    const { serverVersion } = await connection.withDeadline(Date.now() + TEMPORAL_WITHIN_MS, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return `version ${serverVersion}`;
  });
  const queues = answers.ok
    ? await Promise.all(
        workers().map(({ options }) => looked(`queue ${options.taskQueue}`, () => polled(watched, options))),
      )
    : [];
  const checks = [answers, ...own, ...queues, ...(await aws())];
  return { ready: workers().length > 0 && checks.every(({ ok }) => ok), checks };
}

async function looked(check: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { check, ok: true, found: await look() };
  } catch (error) {
    return { check, ok: false, found: (error as Error).message };
  }
}

function checkWorker(worker: Worker): Check {
  const state = worker.getState();
  return { check: `worker ${worker.options.taskQueue}`, ok: state === 'RUNNING', found: state };
}

/** Of the server's TaskQueueType. */
const WORKFLOWS = 1;
const ACTIVITIES = 2;

/** What the server saw of this process: a poller that it does not know of gets no work. */
async function polled(
  { connection, namespace }: Watched,
  { taskQueue, identity, workflowBundle }: Worker['options'],
): Promise<string> {
  const { pollers } = await connection.withDeadline(Date.now() + TEMPORAL_WITHIN_MS, () =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: workflowBundle ? WORKFLOWS : ACTIVITIES,
    }),
  );
  const last = (pollers ?? [])
    .filter((poller) => poller.identity === identity)
    .map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000);
  const agoMs = Date.now() - Math.max(0, ...last);
  if (agoMs <= POLLED_WITHIN_MS) return `polled ${Math.max(0, Math.round(agoMs / 1000))} s ago`;
  throw new Error(`the server has seen no poll of ${identity} for two minutes`);
}

async function awsAnswers({ clients, bucket }: Watched): Promise<Check[]> {
  const asking = async (doing: string, ask: (abortSignal: AbortSignal) => Promise<unknown>): Promise<string> => {
    try {
      await ask(AbortSignal.timeout(AWS_WITHIN_MS));
      return 'answers';
    } catch (error) {
      throw new Error(inWords(error, doing)?.message ?? `${doing}: no answer within ${AWS_WITHIN_MS / 1000} s`, {
        cause: error,
      });
    }
  };
  return Promise.all([
    looked('SageMaker', () =>
      asking('listing endpoints', (abortSignal) =>
        clients.sageMaker.send(new ListEndpointsCommand({ MaxResults: 1 }), { abortSignal }),
      ),
    ),
    looked(`bucket ${bucket}`, () =>
      asking(`looking at bucket ${bucket}`, (abortSignal) =>
        clients.s3.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal }),
      ),
    ),
  ]);
}

/** The last answer of `ask` for so long; whoever asks meanwhile shares it. */
function keptFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let kept: { since: number; answer: Promise<T> } | undefined;
  return () => {
    if (!kept || Date.now() - kept.since > ms) kept = { since: Date.now(), answer: ask() };
    return kept.answer;
  };
}
