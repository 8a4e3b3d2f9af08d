/**
 * CreateEndpoint, DescribeEndpoint, ListEndpoints, UpdateEndpoint, UpdateEndpointWeightsAndCapacities, DeleteEndpoint. Each
 * writes what is to be and answers; the work is deployment.ts's.
 * @module
 */
import { arnOf, seconds, type Context, type Operations } from '../context.js';
import { invalid } from '../errors.js';
import { pageOf, type ListInput } from '../list.js';
import { putTags, type Tag } from '../tags.js';
import { announce, change, deploy, remove } from './deployment.js';
import { deploymentProblem, rolloutOf, type DeploymentConfig } from './deploymentConfig.js';
import { describeEndpoint } from './describeEndpoint.js';
import { changeFleet, planFleet, retainProperties, type Change } from './fleet.js';
import { found, refuseDuplicate, typesOf, type EndpointRecord, type Fleet, type Variant } from './records.js';

export const endpointOperations: Operations = {
  CreateEndpoint({ EndpointName, EndpointConfigName, DeploymentConfig, Tags }: CreateEndpoint, context) {
    const EndpointArn = arnOf(context, 'endpoint', EndpointName);
    refuseDuplicate(context, 'endpoint', EndpointName);
    const pending = planFleet(context, EndpointConfigName);
    requireSound(DeploymentConfig, pending);
    putTags(context, EndpointArn, Tags);
    const now = seconds(context.now());
    const record: EndpointRecord = {
      EndpointName,
      EndpointArn,
      EndpointConfigName,
      EndpointStatus: 'Creating',
      LastDeploymentConfig: DeploymentConfig,
      CreationTime: now,
      LastModifiedTime: now,
      pending,
      retiring: [],
    };
    context.store.put('endpoint', EndpointName, record);
    announce(context, record);
    inBackground(deploy(context, EndpointName));
    return { EndpointArn };
  },

  DescribeEndpoint({ EndpointName }: { EndpointName: string }, context) {
    return describeEndpoint(found<EndpointRecord>(context, 'endpoint', EndpointName));
  },

  ListEndpoints(input: ListInput, context) {
    const view = ({ EndpointName, CreationTime, LastModifiedTime, EndpointStatus }: EndpointRecord) => ({
      name: EndpointName,
      createdAt: CreationTime,
      modifiedAt: LastModifiedTime,
      status: EndpointStatus,
    });
    const { page, NextToken } = pageOf(context.store.list<EndpointRecord>('endpoint'), view, input, 'Descending');
    const Endpoints = page.map(({ EndpointName, EndpointArn, CreationTime, LastModifiedTime, EndpointStatus }) => ({
      EndpointName,
      EndpointArn,
      CreationTime,
      LastModifiedTime,
      EndpointStatus,
    }));
    return { Endpoints, NextToken };
  },

  UpdateEndpoint(input: UpdateEndpoint, context) {
    const { record, serving } = inService(context, input.EndpointName);
    const planned = planFleet(context, input.EndpointConfigName);
    const excluded = (input.ExcludeRetainedVariantProperties ?? []).map(
      ({ VariantPropertyType }) => VariantPropertyType,
    );
    const pending = input.RetainAllVariantProperties ? retainProperties(planned, serving, excluded) : planned;
    requireSound(input.DeploymentConfig, pending);
    requireSameKind(serving, pending);
    requireUnscaled(context, record, pending);
    const LastDeploymentConfig = input.RetainDeploymentConfig ? record.LastDeploymentConfig : input.DeploymentConfig;
    const rollout = rolloutOf(input.DeploymentConfig, pending);
    return update(context, record, { pending, rollout, LastDeploymentConfig });
  },

  UpdateEndpointWeightsAndCapacities({ EndpointName, DesiredWeightsAndCapacities }: UpdateWeights, context) {
    const { record, serving } = inService(context, EndpointName);
    const changes = DesiredWeightsAndCapacities.map(({ VariantName, DesiredWeight, DesiredInstanceCount }): Change => ({
      variant: VariantName,
      weight: DesiredWeight,
      count: DesiredInstanceCount,
    }));
    return update(context, record, { pending: changeFleet(serving, changes, seconds(context.now())) });
  },

  DeleteEndpoint({ EndpointName }: { EndpointName: string }, context) {
    const record = found<EndpointRecord>(context, 'endpoint', EndpointName);
    if (record.EndpointStatus !== 'InService' && record.EndpointStatus !== 'Failed') throw inProgress(record);
    change(context, record, { EndpointStatus: 'Deleting' });
    inBackground(remove(context, EndpointName));
    return undefined;
  },
};

/** @throws ValidationException unless the endpoint may be updated now */
function inService(context: Context, name: string): { record: EndpointRecord; serving: Fleet } {
  const record = found<EndpointRecord>(context, 'endpoint', name);
  if (record.EndpointStatus === 'Failed') {
    throw invalid(`Cannot update endpoint "${record.EndpointArn}" in status Failed: it can only be deleted.`);
  }
  if (record.EndpointStatus !== 'InService' || !record.serving) throw inProgress(record);
  return { record, serving: record.serving };
}

const inProgress = ({ EndpointArn }: EndpointRecord) => invalid(`Cannot update in-progress endpoint "${EndpointArn}".`);

function requireSound(config: DeploymentConfig | undefined, fleet: Fleet): void {
  const problem = config && deploymentProblem(config, fleet);
  if (problem) throw invalid(problem);
}

/** The way back, from serverless to instances, is open. */
function requireSameKind(serving: Fleet, pending: Fleet): void {
  const isServerless = ({ variants }: Fleet) => variants.some(({ serverless }) => serverless);
  if (isServerless(pending) && !isServerless(serving)) {
    throw invalid('Cannot update an endpoint with instances to a serverless configuration: create another endpoint.');
  }
}

/**
 * "If the update would change the instance type for any model that is a target for auto scaling, the update fails": AWS's
 * developer guide on updating scaled endpoints. The sentence that the refusal says there is not known.
 */
function requireUnscaled(
  { store }: Context,
  { EndpointName, EndpointArn, serving }: EndpointRecord,
  pending: Fleet,
): void {
  const inWords = (variant: Variant | undefined): string =>
    (variant && typesOf(variant).toSorted().join(', ')) || 'none';
  for (const variant of serving?.variants ?? []) {
    const { name } = variant;
    const [types, next] = [inWords(variant), inWords(pending.variants.find((one) => one.name === name))];
    const isTarget = store.get('scalable-target', `endpoint/${EndpointName}/variant/${name}`) !== undefined;
    if (!isTarget || next === types) continue;
    throw invalid(
      `Cannot update endpoint "${EndpointArn}": variant ${name} is a target of automatic scaling, and its instance type ` +
        `would change from ${types} to ${next}. Deregister the scalable target first.`,
    );
  }
}

function update(context: Context, record: EndpointRecord, members: Partial<EndpointRecord>): object {
  change(context, record, { ...members, EndpointStatus: 'Updating', FailureReason: undefined });
  inBackground(deploy(context, record.EndpointName));
  return { EndpointArn: record.EndpointArn };
}

/** What goes wrong here is a fault of the emulator: an endpoint's own faults become its state. */
export function inBackground(work: Promise<unknown>): void {
  work.catch((error: unknown) => process.stderr.write(`endpoint work failed inside the emulator: ${String(error)}\n`));
}

interface CreateEndpoint {
  EndpointName: string;
  EndpointConfigName: string;
  DeploymentConfig?: DeploymentConfig;
  Tags?: Tag[];
}

interface UpdateEndpoint {
  EndpointName: string;
  EndpointConfigName: string;
  RetainAllVariantProperties?: boolean;
  ExcludeRetainedVariantProperties?: { VariantPropertyType: string }[];
  DeploymentConfig?: DeploymentConfig;
  RetainDeploymentConfig?: boolean;
}

interface UpdateWeights {
  EndpointName: string;
  DesiredWeightsAndCapacities: { VariantName: string; DesiredWeight?: number; DesiredInstanceCount?: number }[];
}
