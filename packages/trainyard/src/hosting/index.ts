/**
 * Hosting: models, endpoint configurations, endpoints, and the processes that serve them.
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Context, Operations } from '../context.js';
import { deploy, remove, retire } from './deployment.js';
import { endpointConfigOperations } from './endpointConfigs.js';
import { endpointOperations, inBackground } from './endpoints.js';
import { endProcess, instanceFolder } from './instanceProcess.js';
import { modelOperations } from './models.js';
import type { EndpointRecord } from './records.js';
import { trafficOf } from './traffic.js';

export { invokeEndpoint } from './invoke.js';

export const hostingOperations: Operations = {
  ...modelOperations,
  ...endpointConfigOperations,
  ...endpointOperations,
};

/** At the emulator's start: goes on with what was under way, and starts again what died meanwhile. Does not wait for it. */
export function resumeHosting(context: Context): void {
  for (const record of context.store.list<EndpointRecord>('endpoint')) {
    const name = record.EndpointName;
    restartDead(context, record);
    if (record.pending) inBackground(deploy(context, name));
    else if (record.EndpointStatus === 'Deleting') inBackground(remove(context, name));
    else inBackground(retire(context, name));
  }
}

function restartDead(context: Context, { EndpointName, EndpointStatus, serving }: EndpointRecord): void {
  if (EndpointStatus === 'Deleting') return;
  for (const variant of serving?.variants ?? []) {
    for (const id of variant.instances) {
      const folder = instanceFolder(context, EndpointName, id);
      inBackground(trafficOf(context).address(context, { id, folder, endpointName: EndpointName, variant }));
    }
  }
}

/** Ends the process of every endpoint instance of the state folder; the endpoints stay on record. */
export async function killHosting({ settings }: Context): Promise<void> {
  const root = resolve(settings.stateDir, 'endpoints');
  if (!existsSync(root)) return;
  const folders = readdirSync(root).flatMap((endpoint) =>
    readdirSync(join(root, endpoint)).map((id) => join(root, endpoint, id)),
  );
  await Promise.all(folders.map(endProcess));
}
