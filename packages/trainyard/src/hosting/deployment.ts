/**
 * The slow half of the endpoint operations: a fleet comes up beside the one that serves, takes over, and the old one ends
 * once its last request is answered; or it does not come up, and the old one goes on. Each step is in the record before it
 * is taken, so that an emulator started anew goes on from there.
 * @module
 */
import { rmSync } from 'node:fs';
import { seconds, type Context } from '../context.js';
import { upperSnake } from '../events.js';
import { dropTags } from '../tags.js';
import { endpointFolder, endInstance, instanceFolder, type Instance } from './instanceProcess.js';
import { DeploymentFailure } from './modelData.js';
import { instancesOf, type EndpointRecord, type Fleet } from './records.js';
import { announceDeployment, shiftTraffic } from './shiftTraffic.js';
import { trafficOf } from './traffic.js';

/** Writes a change of an endpoint's record; announces it when the status is another one. */
export function change(context: Context, record: EndpointRecord, members: Partial<EndpointRecord>): EndpointRecord {
  const changed = { ...record, ...members, LastModifiedTime: seconds(context.now()) };
  context.store.put('endpoint', record.EndpointName, changed);
  if (changed.EndpointStatus !== record.EndpointStatus) announce(context, changed);
  return changed;
}

export function announce(context: Context, record: EndpointRecord): void {
  const fleet = record.serving ?? record.pending;
  context.emit('SageMaker Endpoint State Change', record.EndpointArn, {
    EndpointName: record.EndpointName,
    EndpointArn: record.EndpointArn,
    EndpointConfigName: record.EndpointConfigName,
    ProductionVariants: fleet?.variants.map(({ name, weight, instances }) => ({
      VariantName: name,
      DesiredWeight: weight,
      DesiredInstanceCount: instances.length,
    })),
    // As EventBridge carries it: times as numbers of milliseconds.
    EndpointStatus: upperSnake(record.EndpointStatus),
    FailureReason: record.FailureReason,
    CreationTime: record.CreationTime * 1000,
    LastModifiedTime: record.LastModifiedTime * 1000,
    Tags: {},
  });
}

const recordOf = (context: Context, name: string): EndpointRecord | undefined => context.store.get('endpoint', name);

/** Brings up the fleet that the record has pending. Never rejects: what goes wrong becomes the endpoint's state. */
export async function deploy(context: Context, name: string): Promise<void> {
  const begun = recordOf(context, name);
  const fleet = begun?.pending;
  if (!fleet) return;
  const failure =
    begun.EndpointStatus === 'RollingBack'
      ? begun.FailureReason
      : ((await raise(context, name, fleet)) ?? (await shiftTraffic(context, name)));
  if (failure !== undefined) await rollBack(context, name, failure);
  const record = recordOf(context, name);
  if (!record) return;
  const over = { pending: undefined, rollout: undefined, shift: undefined };
  if (failure === undefined) {
    const retiring = [...record.retiring, ...missingFrom(fleet, instancesOf(record.serving))];
    change(context, record, {
      EndpointStatus: 'InService',
      EndpointConfigName: fleet.configName,
      FailureReason: undefined,
      serving: fleet,
      ...over,
      retiring,
    });
  } else {
    const retiring = [...record.retiring, ...missingFrom(record.serving, instancesOf(fleet))];
    change(context, record, {
      EndpointStatus: record.serving ? 'InService' : 'Failed',
      FailureReason: failure,
      ...over,
      retiring,
    });
  }
  if (record.rollout) announceDeployment(context, recordOf(context, name) ?? record);
  await retire(context, name);
}

/** The old fleet has all of the traffic again at once; the new one goes when its last request is answered. */
async function rollBack(context: Context, name: string, failure: string): Promise<void> {
  const record = recordOf(context, name);
  if (!record?.rollout || !record.serving) return;
  const shift = undefined;
  const back = change(context, record, { EndpointStatus: 'RollingBack', FailureReason: failure, shift });
  announceDeployment(context, back);
  const ids = missingFrom(record.serving, instancesOf(record.pending));
  await Promise.all(ids.map((id) => endOne(context, name, id)));
}

const missingFrom = (fleet: Fleet | undefined, ids: string[]): string[] => {
  const kept = instancesOf(fleet);
  return ids.filter((id) => !kept.includes(id));
};

/** @returns why it did not come up, or undefined when every instance is healthy */
async function raise(context: Context, name: string, fleet: Fleet): Promise<string | undefined> {
  const instances = fleet.variants.flatMap((variant) =>
    variant.instances.map((id): Instance => ({
      id,
      folder: instanceFolder(context, name, id),
      endpointName: name,
      variant,
    })),
  );
  // All are waited for, also after the first failure: what is to be ended must not still be starting.
  const results = await Promise.allSettled(instances.map((instance) => trafficOf(context).up(context, instance)));
  const failed = results.find((result) => result.status === 'rejected');
  return failed && reasonOf(failed.reason);
}

function reasonOf(error: unknown): string {
  if (error instanceof DeploymentFailure) return error.message;
  process.stderr.write(`deployment failed inside the emulator: ${String(error)}\n`);
  return `InternalServerError: We encountered an internal error. (${error instanceof Error ? error.message : String(error)})`;
}

/** Ends the instances that are out of service, each once its last request is answered. */
export async function retire(context: Context, name: string): Promise<void> {
  const ids = recordOf(context, name)?.retiring ?? [];
  await Promise.all(ids.map((id) => endOne(context, name, id)));
  const record = recordOf(context, name);
  if (!record || !ids.length) return;
  // Not a change of state: the time of the last modification stays.
  context.store.put('endpoint', name, { ...record, retiring: record.retiring.filter((id) => !ids.includes(id)) });
}

/** Ends all of the endpoint's instances, then forgets the endpoint. */
export async function remove(context: Context, name: string): Promise<void> {
  const record = recordOf(context, name);
  if (!record) return;
  const ids = [...instancesOf(record.serving), ...instancesOf(record.pending), ...record.retiring];
  await Promise.all(ids.map((id) => endOne(context, name, id)));
  rmSync(endpointFolder(context, name), { recursive: true, force: true });
  dropTags(context, record.EndpointArn);
  context.store.delete('endpoint', name);
}

async function endOne(context: Context, name: string, id: string): Promise<void> {
  await trafficOf(context).drained(id);
  await endInstance(instanceFolder(context, name, id));
}
