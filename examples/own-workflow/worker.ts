/**
 * One process, one connection: attune's workers beside a worker of one's own.
 * @module
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createWorkers } from 'attune/worker';
import { fileURLToPath } from 'node:url';
import * as activities from './activities.js';

const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
// Where `attune dev` announces that a job has ended; without events the runs ask, by the minute.
const eventsPort = Number(process.env['EVENTS_PORT'] ?? 7090);
const eventsToken = process.env['ATTUNE_EVENTS_TOKEN']; // of `attune env`
const attune = await createWorkers({ connection, namespace, eventsPort, eventsToken });
const own = await Worker.create({
  connection,
  namespace,
  taskQueue: 'own',
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  activities,
});
await Promise.all([attune.run(), own.run()]); // until Ctrl-C, which Temporal's SDK hears for all of them
await connection.close();
