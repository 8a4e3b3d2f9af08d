/**
 * The autoscaling of an endpoint: put as the spec says, or taken away. Only endpoints whose config carries the tag have
 * one, so that nobody needs a permission for what they do not use.
 * @module
 */
import {
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { AddTagsCommand, DescribeEndpointConfigCommand, ListTagsCommand } from '@aws-sdk/client-sagemaker';
import { isNotFound } from '../aws/errors.js';
import {
  asTagValue,
  fromTagValue,
  policyRequest,
  scalableTarget,
  targetRequest,
  type Autoscaling,
} from '../aws/requests/autoscaling.js';
import { SCALING_POLICY } from '../aws/names.js';
import { TAG, tagIn } from '../aws/tags.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';

export const createAutoscalingActivities = (deps: Deps) => ({
  scaleEndpoint: ({ endpoint, autoscaling }: { endpoint: string; autoscaling: Autoscaling }): Promise<void> =>
    scale(deps, endpoint, autoscaling),

  /** Puts back what was set aside for an update that has not come about. Nothing, where nothing was. */
  async rescaleEndpoint({ endpoint, configName }: { endpoint: string; configName: string }): Promise<void> {
    const wish = await calling(`looking for the autoscaling of ${configName}`, deps, async () => {
      const { tags } = await configOf(deps, configName);
      const kept = fromTagValue(tagIn(tags, TAG.autoscaling));
      // What is there already was not set aside, and may have been changed by a person since.
      return kept && (await wishAt(deps, endpoint)) === undefined ? kept : undefined;
    });
    if (wish) await scale(deps, endpoint, wish);
  },

  /** @param configName  a config of the endpoint: its tags tell whether there is anything to take away */
  unscaleEndpoint: ({ endpoint, configName }: { endpoint: string; configName: string }): Promise<void> =>
    unscale(deps, endpoint, configName),
});

/** The policy goes with its target. Gone already is success. */
export async function unscale(deps: Deps, endpoint: string, configName: string): Promise<void> {
  await calling(`removing the autoscaling of endpoint ${endpoint}`, deps, async () => {
    try {
      if (!(await isScaled(deps, configName))) return;
      await deps.autoScaling.send(new DeregisterScalableTargetCommand(scalableTarget(endpoint)));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  });
}

async function isScaled(deps: Deps, configName: string): Promise<boolean> {
  return tagIn((await configOf(deps, configName)).tags, TAG.autoscaling) !== undefined;
}

async function configOf({ sageMaker }: Deps, configName: string) {
  const config = await sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: configName }));
  const arn = config.EndpointConfigArn!;
  const { Tags: tags = [] } = await sageMaker.send(new ListTagsCommand({ ResourceArn: arn }));
  const [variant] = config.ProductionVariants ?? [];
  const types = [variant?.InstanceType, ...(variant?.InstancePools ?? []).map(({ InstanceType }) => InstanceType)];
  return { arn, tags, types: types.filter((type) => type !== undefined).sort() };
}

async function scale(deps: Deps, endpoint: string, autoscaling: Autoscaling): Promise<void> {
  await calling(`setting the autoscaling of endpoint ${endpoint}`, deps, async () => {
    await deps.autoScaling.send(new RegisterScalableTargetCommand(targetRequest(endpoint, autoscaling)));
    await deps.autoScaling.send(new PutScalingPolicyCommand(policyRequest(endpoint, autoscaling)));
  });
}

/**
 * SageMaker refuses to change the instance type of what scales. So the autoscaling goes before the update; what it was is
 * written to the tags of the config that serves first, where it is found again whoever has died meanwhile.
 * Source: AWS's developer guide, "Automatic scaling of Amazon SageMaker AI models", updates of a scaled endpoint.
 */
export async function setAside(deps: Deps, endpoint: string, serving: string, next: string): Promise<void> {
  await calling(`setting the autoscaling of endpoint ${endpoint} aside`, deps, async () => {
    const before = await configOf(deps, serving);
    if (tagIn(before.tags, TAG.autoscaling) === undefined) return;
    if (before.types.join() === (await configOf(deps, next)).types.join()) return;
    const wish = await wishAt(deps, endpoint);
    if (wish) {
      const Tags = [{ Key: TAG.autoscaling, Value: asTagValue(wish) }];
      await deps.sageMaker.send(new AddTagsCommand({ ResourceArn: before.arn, Tags }));
    }
    await unscale(deps, endpoint, serving);
  });
}

/** As it stands at AWS, where a person may have changed it; undefined where there is none, or no policy of ours. */
async function wishAt({ autoScaling }: Deps, endpoint: string): Promise<Autoscaling | undefined> {
  const { ServiceNamespace, ResourceId, ScalableDimension } = scalableTarget(endpoint);
  const { ScalableTargets = [] } = await autoScaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace, ResourceIds: [ResourceId], ScalableDimension }),
  );
  const [target] = ScalableTargets;
  if (target === undefined) return undefined;
  const { ScalingPolicies = [] } = await autoScaling.send(
    new DescribeScalingPoliciesCommand({ ServiceNamespace, ResourceId, PolicyNames: [SCALING_POLICY] }),
  );
  const policy = ScalingPolicies[0]?.TargetTrackingScalingPolicyConfiguration;
  if (policy?.TargetValue === undefined) return undefined;
  return {
    minInstances: target.MinCapacity!,
    maxInstances: target.MaxCapacity!,
    invocationsPerInstance: policy.TargetValue,
    scaleInCooldownSeconds: policy.ScaleInCooldown ?? 300,
    scaleOutCooldownSeconds: policy.ScaleOutCooldown ?? 60,
  };
}

/** @throws AccessDenied where the worker may not even look, before anything is paid for */
export async function requireAutoscaling(deps: Deps, endpoint: string): Promise<void> {
  const { ServiceNamespace, ResourceId } = scalableTarget(endpoint);
  await calling(`looking at the autoscaling of endpoint ${endpoint}`, deps, () =>
    deps.autoScaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace, ResourceIds: [ResourceId] })),
  );
}
