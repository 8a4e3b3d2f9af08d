/**
 * Application Auto Scaling of endpoint variants: targets and policies are kept and checked, and a target's bounds hold at
 * once. Nothing scales by load.
 * @module
 */
import { seconds, type Context, type Operations } from './context.js';
import { AwsError, invalid } from './errors.js';
import { endpointOperations } from './hosting/endpoints.js';
import type { EndpointRecord } from './hosting/records.js';

interface Key {
  ServiceNamespace: string;
  ResourceId: string;
  ScalableDimension: string;
}

interface Target extends Key {
  ScalableTargetARN: string;
  MinCapacity: number;
  MaxCapacity: number;
  CreationTime: number;
}

interface Policy extends Key {
  PolicyName: string;
  PolicyARN: string;
  PolicyType: string;
  CreationTime: number;
}

const DIMENSION = 'sagemaker:variant:DesiredInstanceCount';

export const autoscalingOperations: Operations = {
  RegisterScalableTarget(input: Key & Partial<Target>, context) {
    const { count } = variantOf(context, input);
    const known = context.store.get<Target>('scalable-target', input.ResourceId);
    const { MinCapacity = known?.MinCapacity, MaxCapacity = known?.MaxCapacity } = input;
    if (MinCapacity === undefined || MaxCapacity === undefined)
      throw invalid('MinCapacity and MaxCapacity are required to register a new scalable target.');
    if (MinCapacity > MaxCapacity) throw invalid('Maximum capacity cannot be less than minimum capacity.');
    const { ServiceNamespace, ResourceId, ScalableDimension } = input;
    const ScalableTargetARN = known?.ScalableTargetARN ?? arnOf(context, 'scalable-target', ResourceId);
    const CreationTime = known?.CreationTime ?? seconds(context.now());
    const key = { ServiceNamespace, ResourceId, ScalableDimension };
    const target: Target = { ...key, ScalableTargetARN, MinCapacity, MaxCapacity, CreationTime };
    context.store.put('scalable-target', ResourceId, target);
    if (count < MinCapacity) resize(context, ResourceId, MinCapacity);
    if (count > MaxCapacity) resize(context, ResourceId, MaxCapacity);
    return { ScalableTargetARN };
  },

  DescribeScalableTargets({ ResourceIds }: { ResourceIds?: string[] }, context) {
    const all = context.store.list<Target>('scalable-target');
    return { ScalableTargets: all.filter(({ ResourceId }) => !ResourceIds || ResourceIds.includes(ResourceId)) };
  },

  DeregisterScalableTarget(input: Key, context) {
    requireTarget(context, input);
    context.store.delete('scalable-target', input.ResourceId);
    for (const { PolicyName } of policiesOf(context, input.ResourceId)) {
      context.store.delete('scaling-policy', policyKey(input.ResourceId, PolicyName));
    }
    return {};
  },

  PutScalingPolicy(input: Key & Partial<Policy> & { PolicyName: string }, context) {
    requireTarget(context, input);
    const key = policyKey(input.ResourceId, input.PolicyName);
    const known = context.store.get<Policy>('scaling-policy', key);
    const PolicyType = input.PolicyType ?? known?.PolicyType ?? 'StepScaling';
    if (PolicyType !== 'TargetTrackingScaling')
      throw invalid(`PolicyType ${PolicyType} is not kept by the local SageMaker: expected TargetTrackingScaling.`);
    const PolicyARN = known?.PolicyARN ?? arnOf(context, 'scalingPolicy', key);
    const CreationTime = known?.CreationTime ?? seconds(context.now());
    context.store.put('scaling-policy', key, { ...known, ...input, PolicyType, PolicyARN, CreationTime });
    return { PolicyARN, Alarms: [] };
  },

  DescribeScalingPolicies({ ResourceId, PolicyNames }: { ResourceId?: string; PolicyNames?: string[] }, context) {
    const policies = policiesOf(context, ResourceId);
    return { ScalingPolicies: policies.filter(({ PolicyName }) => !PolicyNames || PolicyNames.includes(PolicyName)) };
  },

  DeleteScalingPolicy({ ResourceId, PolicyName }: { ResourceId: string; PolicyName: string }, context) {
    const key = policyKey(ResourceId, PolicyName);
    if (!context.store.get('scaling-policy', key)) throw notFound(`No scaling policy ${PolicyName} for ${ResourceId}.`);
    context.store.delete('scaling-policy', key);
    return {};
  },
};

const policyKey = (resourceId: string, policyName: string): string => `${resourceId}:${policyName}`;

const policiesOf = (context: Context, resourceId: string | undefined): Policy[] =>
  context.store
    .list<Policy>('scaling-policy')
    .filter(({ ResourceId }) => resourceId === undefined || ResourceId === resourceId);

function requireTarget(context: Context, { ResourceId }: Key): void {
  if (context.store.get('scalable-target', ResourceId)) return;
  throw notFound(`No scalable target registered for namespace: sagemaker, resource ID: ${ResourceId}.`);
}

const notFound = (message: string): AwsError => new AwsError('ObjectNotFoundException', message);

/** @throws ValidationException unless it is a variant with instances of an endpoint in service */
function variantOf(context: Context, { ServiceNamespace, ResourceId, ScalableDimension }: Key): { count: number } {
  if (ServiceNamespace !== 'sagemaker' || ScalableDimension !== DIMENSION)
    throw invalid(`${ServiceNamespace} ${ScalableDimension}: the local SageMaker scales sagemaker ${DIMENSION} only.`);
  const [, endpoint = '', name] = /^endpoint\/([^/]+)\/variant\/([^/]+)$/.exec(ResourceId) ?? [];
  const record = context.store.get<EndpointRecord>('endpoint', endpoint);
  const variant = record?.serving?.variants.find((one) => one.name === name);
  if (!variant) throw invalid(`Endpoint variant not found: ${ResourceId}.`);
  if (variant.serverless) throw invalid(`${ResourceId} is serverless: it has no instances to scale.`);
  return { count: variant.instances.length };
}

/** Where the endpoint is being changed already, that change goes first, as on AWS; the bounds hold from the next one on. */
function resize(context: Context, resourceId: string, DesiredInstanceCount: number): void {
  const [, EndpointName = '', , VariantName = ''] = resourceId.split('/');
  if (context.store.get<EndpointRecord>('endpoint', EndpointName)?.EndpointStatus !== 'InService') return;
  const DesiredWeightsAndCapacities = [{ VariantName, DesiredInstanceCount }];
  void endpointOperations['UpdateEndpointWeightsAndCapacities']?.(
    { EndpointName, DesiredWeightsAndCapacities } as never,
    context,
  );
}

const arnOf = ({ settings }: Context, type: string, id: string): string =>
  `arn:aws:application-autoscaling:${settings.region}:${settings.accountId}:${type}/${id}`;
