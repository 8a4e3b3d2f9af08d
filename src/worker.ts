/**
 * The worker: workflows, control-plane activities and the moving of bytes, each on its task queue, in one process.
 *
 * `runWorker` is `attune worker` as a function; `createWorkers` is for a process that has workers of its own.
 * @module
 */
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { settingsFrom } from './aws/settings.js';
import { connectionFault } from './client/connectionFault.js';
import { connectionSettings } from './client/connectionSettings.js';
import { queuesOf, TASK_QUEUE, type QueueKind } from './run/ids.js';
import { createWorkers } from './worker/createWorkers.js';
import { taskQueueOf } from './worker/options.js';
import { toStderr, type WorkerSettings } from './worker/settings.js';

export type { Settings } from './aws/settings.js';
export { createWorkers, type AttuneWorkers, type CreateWorkersOptions } from './worker/createWorkers.js';
export type { WorkerSettings } from './worker/settings.js';

export interface RunWorkerOptions extends WorkerSettings {
  /** Ends the worker as SIGTERM does. */
  signal?: AbortSignal;
}

/**
 * Runs until SIGINT, SIGTERM or the given signal. Settings are AWS's, Temporal's and attune's own variables; Temporal's
 * profiles are read too.
 *
 * @example
 * await runWorker({ eventsQueue: process.env.EVENTS_QUEUE, signal: AbortSignal.timeout(3_600_000) });
 *
 * @throws Error in words for people when a setting is missing or Temporal cannot be reached
 */
export async function runWorker({ signal, log = toStderr, ...more }: RunWorkerOptions = {}): Promise<void> {
  const settings = await settingsFrom(process.env);
  const { connectionOptions, namespace } = connectionSettings();
  const { address } = connectionOptions;
  const connection = await reaching(connectionOptions);
  try {
    const workers = await createWorkers({ ...more, settings, log, connection, namespace, address });
    const names = queuesOf(taskQueueOf(more));
    const polled = (more.queues ?? (Object.keys(TASK_QUEUE) as QueueKind[])).map((kind) => names[kind]);
    log(`worker: polls ${polled.join(', ')} of ${address}, namespace ${namespace}`);
    signal?.addEventListener('abort', workers.shutdown, { once: true });
    if (signal?.aborted) workers.shutdown();
    await workers.run().finally(() => signal?.removeEventListener('abort', workers.shutdown));
  } finally {
    await connection.close();
  }
}

async function reaching(options: NativeConnectionOptions & { address: string }): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(options);
  } catch (error) {
    throw await connectionFault(error, options);
  }
}
