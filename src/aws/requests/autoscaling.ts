/**
 * The autoscaling of an endpoint: its target and its policy. Both requests may be repeated: they put what they say.
 * @module
 */
import type {
  PutScalingPolicyCommandInput,
  RegisterScalableTargetCommandInput,
} from '@aws-sdk/client-application-auto-scaling';
import type { Deployment } from '../../spec/rollout.js';
import { SCALING_POLICY, VARIANT } from '../names.js';

export type Autoscaling = NonNullable<Deployment['autoscaling']>;

/** A wish as a tag's value, which takes no JSON: "1:4:600:300:60". */
export const asTagValue = (wish: Autoscaling): string =>
  [
    wish.minInstances,
    wish.maxInstances,
    wish.invocationsPerInstance,
    wish.scaleInCooldownSeconds,
    wish.scaleOutCooldownSeconds,
  ].join(':');

/** Undefined where the tag says only that there is one. */
export function fromTagValue(value: string | undefined): Autoscaling | undefined {
  const numbers = (value ?? '').split(':').map(Number);
  if (numbers.length !== 5 || !numbers.every(Number.isFinite)) return undefined;
  const [minInstances, maxInstances, invocationsPerInstance, scaleInCooldownSeconds, scaleOutCooldownSeconds] =
    numbers as [number, number, number, number, number];
  return {
    minInstances,
    maxInstances,
    invocationsPerInstance,
    scaleInCooldownSeconds,
    scaleOutCooldownSeconds,
  };
}

export const scalableTarget = (endpoint: string) =>
  ({
    ServiceNamespace: 'sagemaker',
    ResourceId: `endpoint/${endpoint}/variant/${VARIANT}`,
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
  }) as const;

export const targetRequest = (
  endpoint: string,
  { minInstances, maxInstances }: Autoscaling,
): RegisterScalableTargetCommandInput => ({
  ...scalableTarget(endpoint),
  MinCapacity: minInstances,
  MaxCapacity: maxInstances,
});

export const policyRequest = (
  endpoint: string,
  { invocationsPerInstance, scaleInCooldownSeconds, scaleOutCooldownSeconds }: Autoscaling,
): PutScalingPolicyCommandInput => ({
  ...scalableTarget(endpoint),
  PolicyName: SCALING_POLICY,
  PolicyType: 'TargetTrackingScaling',
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue: invocationsPerInstance,
    PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
    ScaleInCooldown: scaleInCooldownSeconds,
    ScaleOutCooldown: scaleOutCooldownSeconds,
  },
});
