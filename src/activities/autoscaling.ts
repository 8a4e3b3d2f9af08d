/**
 * The autoscaling of an endpoint: put as the spec says, or taken away. Only endpoints whose config carries the tag have
 * one, so that nobody needs a permission for what they do not use.
 * @module
 */
import {
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { DescribeEndpointConfigCommand, ListTagsCommand } from '@aws-sdk/client-sagemaker';
import { isNotFound } from '../aws/errors.js';
import { policyRequest, scalableTarget, targetRequest, type Autoscaling } from '../aws/requests/autoscaling.js';
import { TAG, tagIn } from '../aws/tags.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';

export const createAutoscalingActivities = (deps: Deps) => ({
  async scaleEndpoint({ endpoint, autoscaling }: { endpoint: string; autoscaling: Autoscaling }): Promise<void> {
    await calling(`setting the autoscaling of endpoint ${endpoint}`, deps, async () => {
      await deps.autoScaling.send(new RegisterScalableTargetCommand(targetRequest(endpoint, autoscaling)));
      await deps.autoScaling.send(new PutScalingPolicyCommand(policyRequest(endpoint, autoscaling)));
    });
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

async function isScaled({ sageMaker }: Deps, configName: string): Promise<boolean> {
  const config = await sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: configName }));
  const { Tags = [] } = await sageMaker.send(new ListTagsCommand({ ResourceArn: config.EndpointConfigArn }));
  return tagIn(Tags, TAG.autoscaling) !== undefined;
}

/** @throws AccessDenied where the worker may not even look, before anything is paid for */
export async function requireAutoscaling(deps: Deps, endpoint: string): Promise<void> {
  const { ServiceNamespace, ResourceId } = scalableTarget(endpoint);
  await calling(`looking at the autoscaling of endpoint ${endpoint}`, deps, () =>
    deps.autoScaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace, ResourceIds: [ResourceId] })),
  );
}
