/**
 * The connection to Temporal by its own environment, and Temporal's errors in words.
 * @module
 */
import {
  Client,
  Connection,
  isGrpcCancelledError,
  isGrpcDeadlineError,
  isGrpcServiceError,
  WorkflowNotFoundError,
  type WorkflowExecutionInfo,
  type WorkflowHandle,
} from '@temporalio/client';
import { connectionFault } from './connectionFault.js';
import { connectionSettings } from './connectionSettings.js';
import { configuredDataConverter } from './dataConverter.js';
import { ANSWER_WITHIN_MS, answeredWithin } from './deadline.js';
import { noWorker, runNotFound } from './errors.js';
import { notCurrentInWords, pollersOf, type Pollers } from './pollers.js';
import { registerCommand } from './searchAttributeCommand.js';
import { collectorOf, tracingTo } from './tracing.js';
import { AttuneError } from '../spec/attuneError.js';

export interface TemporalConnection {
  client: Client;
  address: string;
  namespace: string;
  close(): Promise<void>;
}

/**
 * @param answerWithinMs  after which a call that has no answer fails
 * @throws AttuneError: NoServer when nothing answers within five seconds; NotConfigured when its settings cannot be read, or the server refuses this client
 */
export async function connectTemporal(
  env: NodeJS.ProcessEnv = process.env,
  answerWithinMs = ANSWER_WITHIN_MS,
): Promise<TemporalConnection> {
  const dataConverter = await configuredDataConverter(env);
  const tracing = await tracingTo(collectorOf(env), env, (line) => process.emitWarning(line));
  const { connectionOptions, namespace } = connectionSettings();
  const { address } = connectionOptions;
  try {
    const interceptors = answeredWithin(answerWithinMs);
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5s', interceptors });
    const client = new Client({ connection, namespace, dataConverter, interceptors: tracing?.client });
    const close = async (): Promise<void> => {
      await connection.close();
      await tracing?.flush();
    };
    return { client, address, namespace, close };
  } catch (error) {
    throw await connectionFault(error, { address, tls: connectionOptions.tls });
  }
}

/** A caller's own client, which the caller closes. */
export const openAlready = (client: Client): TemporalConnection => ({
  client,
  address: addressOf(client) ?? 'localhost:7233',
  namespace: client.options.namespace,
  close: () => Promise.resolve(),
});

const addressOf = ({ connection }: Client): string | undefined =>
  connection instanceof Connection ? connection.options.address : undefined;

/** How long a query or update may wait for a worker. A live one answers in milliseconds. */
const WORKER_DEADLINE_MS = 10_000;

/** Asks something of a run that only a worker can answer. @throws AttuneError (NoWorker) when none does in time */
export async function askWorker<T>(
  client: Client,
  handle: WorkflowHandle,
  doing: string,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await client.connection.withDeadline(Date.now() + WORKER_DEADLINE_MS, ask);
  } catch (error) {
    throw isNoWorker(error) ? await noAnswer(client, handle, doing, error) : error;
  }
}

const noAnswer = async (client: Client, handle: WorkflowHandle, doing: string, cause: unknown): Promise<AttuneError> =>
  refusalOf(await standingOf(client, handle), doing, cause);

/** Why nothing comes of what a run was asked for; undefined where a worker is there and it may just take its time. */
export async function whyNoAnswer(client: Client, handle: WorkflowHandle): Promise<string | undefined> {
  const standing = await standingOf(client, handle);
  const isStuck = standing.pollers.count === 0 || standing.attempt > 1;
  return isStuck ? refusalOf(standing, handle.workflowId).message : undefined;
}

interface Standing {
  taskQueue: string;
  /** Of the workflow task that is due; 0 where none is. */
  attempt: number;
  pollers: Pollers;
}

async function standingOf(client: Client, handle: WorkflowHandle): Promise<Standing> {
  const { taskQueue, raw } = await handle.describe();
  const pollers = await pollersOf(client, taskQueue, 'workflows');
  return { taskQueue, attempt: raw.pendingWorkflowTask?.attempt ?? 0, pollers };
}

function refusalOf({ taskQueue, attempt, pollers }: Standing, doing: string, cause?: unknown): AttuneError {
  if (pollers.count > 0 && pollers.notCurrent.length === 0 && attempt > 1) {
    const message = `${doing}: a worker polls task queue ${taskQueue}, but the workflow's task fails there, at attempt ${attempt}`;
    return new AttuneError('TaskFails', message, undefined, { cause });
  }
  if (pollers.notCurrent.length === 0) return noWorker(doing, taskQueue, cause);
  const { message, mend } = notCurrentInWords(pollers);
  return new AttuneError('NoWorker', `${doing}: ${message}`, mend, { cause });
}

function isNoWorker(error: unknown): boolean {
  // The server may notice the deadline first. Nobody here cancels a call.
  if (isGrpcDeadlineError(error) || isGrpcCancelledError(error)) return true;
  if ((error as Error | undefined)?.name === 'WorkflowUpdateRPCTimeoutOrCancelledError') return true;
  const grpc = grpcErrorIn(error);
  return grpc !== undefined && /no poller|worker may be down|workflow task in failed state/i.test(grpc.details);
}

const INVALID_ARGUMENT = 3; // gRPC

/** Why a start was refused, where the server's words need translation. */
export function startRefusal(error: unknown, client: Client): unknown {
  const grpc = grpcErrorIn(error);
  const attribute = grpc && /search attribute "?(\w+)"?/i.exec(grpc.details)?.[1];
  if (Number(grpc?.code) !== INVALID_ARGUMENT || !attribute) return error;
  const place = { namespace: client.options.namespace, address: addressOf(client) };
  return new AttuneError(
    'NotConfigured',
    `the namespace does not know the search attribute ${attribute}`,
    `register it: ${registerCommand(place, [{ name: attribute, type: 'Keyword' }])}`,
    { cause: error },
  );
}

/** The gRPC error that this is or was caused by. */
export const grpcErrorIn = (error: unknown) => {
  if (isGrpcServiceError(error)) return error;
  const cause = (error as { cause?: unknown } | undefined)?.cause;
  return isGrpcServiceError(cause) ? cause : undefined;
};

/** So many are looked at beyond those that are asked for, unless others are asked for. */
const MARGIN = 200;

/**
 * Those that started last. The server's own order is that of the ends, those that run first; it may sort otherwise only where its
 * store can. A run that started among the last and ended before more than `margin` others is not among them.
 */
export async function newestFirst(
  client: Client,
  query: string,
  limit: number,
  margin = MARGIN,
): Promise<WorkflowExecutionInfo[]> {
  const found: WorkflowExecutionInfo[] = [];
  for await (const info of client.workflow.list({ query, pageSize: Math.min(limit + margin, 1000) })) {
    found.push(info);
    if (found.length >= limit + margin) break;
  }
  return found.sort((a, b) => b.startTime.getTime() - a.startTime.getTime()).slice(0, limit);
}

const isNotFound = (error: unknown): boolean => error instanceof WorkflowNotFoundError;

const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The run with this workflow or run id, or the latest run of this model.
 *
 * @param id  `finetune/<name>/<date>-<hash>`, any other workflow id, a run id, or just the spec's name
 * @throws AttuneError (RunNotFound)
 */
export async function findRun(client: Client, id: string): Promise<WorkflowHandle> {
  const handle = client.workflow.getHandle(id);
  try {
    await handle.describe();
    return handle;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    if (RUN_ID.test(id)) {
      for await (const { workflowId, runId } of client.workflow.list({ query: `RunId = '${id}'`, pageSize: 1 }))
        return client.workflow.getHandle(workflowId, runId);
    }
    if (/^[a-z0-9-]+$/.test(id)) {
      const [newest] = await newestFirst(client, `WorkflowType = 'fineTune' AND AttuneModel = '${id}'`, 1);
      if (newest) return client.workflow.getHandle(newest.workflowId);
    }
    throw runNotFound(id, error);
  }
}
