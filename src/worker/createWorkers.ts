/**
 * attune's workers on a connection that is there already: a process of its own, or one that they share with others.
 * @module
 */
import { Worker, type NativeConnection } from '@temporalio/worker';
import { createClients } from '../aws/clients.js';
import { settingsFrom, type Settings } from '../aws/settings.js';
import { configuredDataConverter } from '../client/dataConverter.js';
import { collectorOf, tracingTo } from '../client/tracing.js';
import { accountAndRegion } from '../run/ids.js';
import { awsCallMetrics } from './awsCalls.js';
import { openEventDoors } from './events.js';
import { serveHealth } from './health.js';
import { taskQueueOf, workerOptions } from './options.js';
import { assertOwnQueues, assertStillOwn, type Polling } from './ownQueues.js';
import { beginRunCounters } from './runMetrics.js';
import { registerSearchAttributes } from './searchAttributes.js';
import { toStderr, type WorkerSettings } from './settings.js';

export interface CreateWorkersOptions extends WorkerSettings {
  /** Stays open: whoever made it closes it, once `run` has returned. */
  connection: NativeConnection;
  /** Default: "default". */
  namespace?: string;
  /** Of the server, for what people are told to do. */
  address?: string;
  /** Default: AWS_REGION (or the profile's region), ATTUNE_BUCKET and attune's other variables of this process. */
  settings?: Settings;
}

/** The workers, one for each of attune's task queues that this process polls, as one. */
export interface AttuneWorkers {
  /**
   * Polls until `shutdown`, or until SIGINT or SIGTERM, which Temporal's SDK hears for every worker of the process. A worker
   * that fails takes the others with it, and so does a worker of another AWS account or region that polls the same queues.
   *
   * @throws the fault that ended one of them
   */
  run(): Promise<void>;
  /** Takes no more work and lets what runs end, 30 s at most. `run` then returns. */
  shutdown(): void;
}

/**
 * For a process that has workers of its own: attune's take nothing but attune's task queues. AWS is reached by AWS's own
 * variables. Search attributes that the namespace lacks are registered. What is created has to be run: only the end of `run`
 * gives clients and ports back. Metrics go to the process's own `Runtime`.
 *
 * @example
 * const connection = await NativeConnection.connect();
 * const attune = await createWorkers({ connection });
 * const own = await Worker.create({ connection, taskQueue: 'own', workflowsPath });
 * await Promise.all([attune.run(), own.run()]);
 * await connection.close();
 *
 * @throws Error in words for people: a setting is missing, a port is taken, search attributes may not be registered
 */
export async function createWorkers(options: CreateWorkersOptions): Promise<AttuneWorkers> {
  const { connection, namespace = 'default', settings = await settingsFrom(process.env), log = toStderr } = options;
  const dataConverter = options.dataConverter ?? (await configuredDataConverter(process.env));
  const given = { ...options, dataConverter, log };
  const tracing = await tracingTo(collectorOf(process.env, options.traces), process.env, log);
  const clients = createClients(settings, [awsCallMetrics(), ...(tracing ? [tracing.awsCalls] : [])]);
  const workers: Worker[] = [];
  const toClose: { close(): unknown }[] = [clients];
  const close = async (): Promise<void> => {
    await Promise.all(toClose.map((one) => one.close()));
    await tracing?.flush();
  };
  try {
    const each = workerOptions(clients, settings, given, tracing);
    if (options.searchAttributes !== 'assume')
      await registerSearchAttributes(connection, { namespace, address: options.address }, log);
    const polling = { connection, namespace, owner: accountAndRegion(settings), workers: each };
    await assertOwnQueues(polling);
    // Before the workers: one that was created and never run would hold the connection for ever.
    toClose.push(await openEventDoors(connection, namespace, settings, given));
    if (options.health) {
      const { bucket } = settings;
      const watched = { connection, namespace, clients, bucket, workers: () => workers };
      const server = await serveHealth(watched, options.health);
      toClose.push(server);
      log(`health: ${server.url}/health, ${server.url}/ready`);
    }
    workers.push(...(await Promise.all(each.map((one) => Worker.create({ connection, namespace, ...one })))));
    beginRunCounters(namespace, taskQueueOf(options));
    return asOne(workers, polling, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function asOne(workers: readonly Worker[], polling: Polling, close: () => Promise<void>): AttuneWorkers {
  let stopping = false;
  const shutdown = (): void => {
    stopping = true;
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    shutdown,
    run: async () => {
      try {
        const running = workers.map((worker) => worker.run());
        if (stopping) shutdown(); // it was called before there was anything to stop
        const over = new AbortController();
        const stillOwn = assertStillOwn(polling, over.signal);
        await Promise.race([...running, stillOwn.then(() => Promise.race(running))])
          .finally(shutdown)
          .catch(() => undefined); // told below, once all have ended
        over.abort();
        const fault = (await Promise.allSettled([stillOwn, ...running])).find((ended) => ended.status === 'rejected');
        if (fault) throw fault.reason;
      } finally {
        await close();
      }
    },
  };
}
