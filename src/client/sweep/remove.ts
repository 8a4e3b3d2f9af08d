/**
 * Stops and removes leftovers, each after a last look: a run may have begun, or an endpoint come into service, since they were
 * listed.
 * @module
 */
import {
  DeregisterScalableTargetCommand,
  type ApplicationAutoScalingClient,
} from '@aws-sdk/client-application-auto-scaling';
import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  StopHyperParameterTuningJobCommand,
  StopProcessingJobCommand,
  StopTrainingJobCommand,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { isNotFound, isWrongState, unlessGone } from '../../aws/errors.js';
import { scalableTarget } from '../../aws/requests/autoscaling.js';
import { modelsInUse, type SweptKind } from './account.js';
import { stopBatch, type Bedrock } from './batches.js';
import { configsInUse, judgeEndpoint, type Looking } from './endpoints.js';
import { isRemovable, leftJob, leftoverOf, type Leftover } from './leftover.js';
import { ownerOf } from './owner.js';
import type { WhatTemporalKnows } from './temporal.js';

export interface Sweeper {
  temporal: WhatTemporalKnows;
  sageMaker: SageMakerClient;
  bedrock: Bedrock;
  autoScaling: Pick<ApplicationAutoScalingClient, 'send'>;
}

/** Jobs first, because they cost most; a config before its models, as the list has them. */
export async function removeLeftovers(
  sweeper: Sweeper,
  leftovers: readonly Leftover[],
  includeUnknown: boolean,
): Promise<void> {
  const { temporal, sageMaker, bedrock } = sweeper;
  // Nothing that was looked up for the list counts any more.
  const looking: Looking = { temporal, sageMaker, ownerOf: (tags) => ownerOf(temporal, tags) };
  const inUse = usesNow(sageMaker);
  for (const one of leftovers) {
    if (!isRemovable(one, includeUnknown)) continue;
    try {
      const again = await lookAgain(looking, one, inUse);
      if (!again.left.some((left) => isRemovable(left, includeUnknown))) {
        Object.assign(one, { outcome: 'kept', problem: 'a last look found it in use' });
        continue;
      }
      if (again.autoscaled) await unscale(sweeper.autoScaling, one.name);
      await (one.kind === 'batchJob' ? stopBatch(bedrock, one.arn) : REMOVE[one.kind](sageMaker, one.name));
      one.outcome = one.kind.endsWith('Job') ? 'stopped' : 'removed';
    } catch (error) {
      one.outcome = 'failed';
      one.problem = isWrongState(error) ? 'it is in motion: try again once it has settled' : (error as Error).message;
    }
  }
}

type Uses = Record<'endpointConfig' | 'model', () => Promise<ReadonlySet<string>>>;

/** Once a kind, when its turn comes: the endpoints, or the configs, are gone by then. */
function usesNow(sageMaker: SageMakerClient): Uses {
  const once = (look: () => Promise<Set<string>>) => {
    let found: Promise<Set<string>> | undefined;
    return () => (found ??= look());
  };
  return {
    endpointConfig: once(() => configsInUse(sageMaker)),
    model: once(async () => modelsInUse(sageMaker, { leaving: new Set(), used: await configsInUse(sageMaker) })),
  };
}

interface Again {
  left: Leftover[];
  autoscaled?: boolean;
}

async function lookAgain(looking: Looking, one: Leftover, inUse: Uses): Promise<Again> {
  const { kind, name, arn, status, workflowId, workflowDigest, run, runId, namespace } = one;
  const owner = { workflowId, workflowDigest, run, runId, namespace };
  const owned = { kind, name, arn, status, owner };
  if (one.kind === 'endpoint') {
    const now = await judgeEndpoint(looking, one);
    return { left: 'left' in now ? leftoverOf(now.left, now.whose) : [], autoscaled: now.autoscaled };
  }
  if (one.kind === 'endpointConfig' || one.kind === 'model') {
    const used = (await inUse[one.kind]()).has(one.name);
    return { left: used ? [] : leftoverOf(owned, await looking.ownerOf(owner)) };
  }
  return { left: await leftJob(looking, owned) };
}

export async function unscale(
  autoScaling: Pick<ApplicationAutoScalingClient, 'send'>,
  endpoint: string,
): Promise<void> {
  try {
    await autoScaling.send(new DeregisterScalableTargetCommand(scalableTarget(endpoint)));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Of SageMaker. Gone already, or ended by itself, is as good as done. */
export const REMOVE: Record<
  Exclude<SweptKind, 'batchJob'>,
  (sageMaker: SageMakerClient, name: string) => Promise<unknown>
> = {
  tuningJob: (sageMaker, name) =>
    unlessEnded(sageMaker.send(new StopHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name }))),
  trainingJob: (sageMaker, name) => unlessEnded(sageMaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))),
  processingJob: (sageMaker, name) =>
    unlessEnded(sageMaker.send(new StopProcessingJobCommand({ ProcessingJobName: name }))),
  endpoint: (sageMaker, name) => unlessGone(sageMaker.send(new DeleteEndpointCommand({ EndpointName: name }))),
  endpointConfig: (sageMaker, name) =>
    unlessGone(sageMaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name }))),
  model: (sageMaker, name) => unlessGone(sageMaker.send(new DeleteModelCommand({ ModelName: name }))),
};

async function unlessEnded(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isNotFound(error) && !isWrongState(error)) throw error;
  }
}
