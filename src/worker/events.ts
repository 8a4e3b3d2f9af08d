/**
 * The doors that SageMaker's state changes come in by, as a worker's settings ask for them.
 * @module
 */
import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { createBridge } from '../events/bridge.js';
import { serveEvents } from '../events/http.js';
import { readQueue } from '../events/sqs.js';
import type { WorkerSettings } from './settings.js';

export interface EventDoors {
  close(): Promise<void>;
}

/** @throws Error in words for people where the port is taken */
export async function openEventDoors(
  connection: NativeConnection,
  namespace: string,
  region: string,
  {
    eventsPort,
    eventsQueue,
    dataConverter,
    log,
  }: Pick<WorkerSettings, 'eventsPort' | 'eventsQueue' | 'dataConverter'> & { log: (line: string) => void },
): Promise<EventDoors> {
  const client = new Client({ connection, namespace, dataConverter });
  const server = eventsPort === undefined ? undefined : await serveEvents(createBridge(client, 'http'), eventsPort);
  if (server) log(`events: ${server.url}`);
  const queue =
    eventsQueue === undefined
      ? undefined
      : readQueue(eventsQueue, { bridge: createBridge(client, 'eventbridge'), region, log });
  if (queue) log(`events: reads ${eventsQueue}`);
  return { close: async () => void (await Promise.all([server?.close(), queue?.close()])) };
}
