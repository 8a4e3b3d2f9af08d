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
