/**
 * Starts the workflow and waits for it: `start.ts SPEC.json`. The spec's files lie in S3 already.
 * @module
 */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { FineTuneSpecInput } from 'attune/workflow';
import { readFileSync } from 'node:fs';
import type { refreshModel } from './workflows.js';

const [file = 'spec.json'] = process.argv.slice(2);
const spec = JSON.parse(readFileSync(file, 'utf8')) as FineTuneSpecInput;
const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const client = new Client({ connection, namespace });
const refreshed = await client.workflow.execute<typeof refreshModel>('refreshModel', {
  taskQueue: 'own',
  workflowId: `refresh/${spec.name}`,
  args: [spec],
});
process.stdout.write(`${JSON.stringify(refreshed)}\n`);
await connection.close();
