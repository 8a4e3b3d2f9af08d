/**
 * The doors that SageMaker's state changes come in by, as a worker's settings ask for them.
 * @module
 */
import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { credentialsOf } from '../aws/assumedRole.js';
import type { Settings } from '../aws/settings.js';
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
  { region, assumeRole }: Pick<Settings, 'region' | 'assumeRole'>,
  {
    eventsPort,
    eventsToken,
    eventsQueue,
    dataConverter,
    log,
  }: Pick<WorkerSettings, 'eventsPort' | 'eventsToken' | 'eventsQueue' | 'dataConverter'> & {
    log: (line: string) => void;
  },
): Promise<EventDoors> {
  const client = new Client({ connection, namespace, dataConverter });
  const door = eventsPort === undefined ? undefined : { port: eventsPort, token: tokenOf(eventsToken) };
  const server = door && (await serveEvents(createBridge(client, 'http'), door));
  if (server) log(`events: ${server.url}`);
  const queue =
    eventsQueue === undefined
      ? undefined
      : readQueue(eventsQueue, {
          bridge: createBridge(client, 'eventbridge'),
          region,
          log,
          ...credentialsOf(assumeRole),
        });
  if (queue) log(`events: reads ${eventsQueue}`);
  return { close: async () => void (await Promise.all([server?.close(), queue?.close()])) };
}

/** Long enough that nobody guesses it. */
const SHORTEST_TOKEN = 16;

function tokenOf(token = ''): string {
  if (token.length >= SHORTEST_TOKEN) return token;
  throw new Error(
    `events by HTTP need a token of at least ${SHORTEST_TOKEN} characters that their sender knows, and ` +
      `${token === '' ? 'none is set' : `this one has ${token.length}`}: set ATTUNE_EVENTS_TOKEN (openssl rand -hex 20)`,
  );
}
