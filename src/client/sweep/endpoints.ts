/**
 * What becomes of an endpoint. It is owned by being deployed: only one that its own, only run made and provably did not bring
 * to its end is left over.
 * @module
 */
import { DescribeEndpointCommand, type SageMakerClient, type Tag } from '@aws-sdk/client-sagemaker';
import { isSameOwner, ownerIn, tagIn, TAG, type OwnerTags } from '../../aws/tags.js';
import { unlessGone } from '../../aws/errors.js';
import { describeConfig, endpointsIn, inTurn, tagsOf, type Owned, type Resource } from './account.js';
import { deploymentIdsOf, mayDeploy, unanswered, type Owner } from './owner.js';
import type { WhatTemporalKnows } from './temporal.js';

export interface Looking {
  temporal: WhatTemporalKnows;
  sageMaker: SageMakerClient;
  ownerOf: (tags: OwnerTags) => Promise<Owner>;
}

/** `configs`: what it serves with, or is about to. */
export type Judged = { configs: string[]; autoscaled: boolean } & (
  | { left: Owned; whose: Exclude<Owner, { state: 'running' }> }
  /** attune's, left alone although no run of its goes on: the reason. */
  | { kept: { name: string; status: string; why: string } }
  /** Somebody else's, or a run's that goes on. */
  | { owned: true }
);

/** Configs that an endpoint serves with, or is about to; one that is being deleted needs none. */
export async function configsInUse(sageMaker: SageMakerClient): Promise<Set<string>> {
  const all = await inTurn(await endpointsIn(sageMaker), ({ name }) => describeEndpoint(sageMaker, name));
  return new Set(all.flatMap(({ configs }) => configs));
}

export async function judgeEndpoint(looking: Looking, found: Resource): Promise<Judged> {
  const { temporal, sageMaker, ownerOf } = looking;
  const { name } = found;
  const { status, configs } = await describeEndpoint(sageMaker, name);
  const tags = await tagsOf(sageMaker, found.arn);
  const maker = ownerIn(tags);
  const [serving, coming] = await inTurn(configs, (config) => configTags(sageMaker, config));
  const autoscaled = [serving, coming].some((one) => one && tagIn(one, TAG.autoscaling) !== undefined);
  const uses = { configs, autoscaled };
  if (maker === undefined || status === 'Deleting') return { ...uses, owned: true };

  const changing = await mayDeploy(temporal, name, found.arn);
  const owner = await ownerOf(maker);
  const changers = [serving, coming].flatMap((one) => (one && ownerIn(one)) ?? []);
  const others = await Promise.all(changers.map(ownerOf));
  if (changing === 'yes' || [owner, ...others].some(({ state }) => state === 'running'))
    return { ...uses, owned: true };
  const kept = (why: string): Judged => ({ ...uses, kept: { name, status, why } });

  const deployedAt = tagIn([...tags, ...(serving ?? [])], TAG.deployed);
  if (deployedAt !== undefined) return kept(`deployed and verified at ${deployedAt}`);
  const last = await lastDeployment(temporal, found);
  if (last instanceof Error) return kept(unanswered(last).why);
  if (last === 'deployed') return kept('deployed and verified');

  const another = changers.find((changer) => !isSameOwner(changer, maker));
  if (another) {
    const how = await ownerOf(another);
    return kept(
      how.state === 'over' && how.how === 'done'
        ? `deployed by ${another.workflowId}`
        : `made by ${maker.workflowId} and changed by ${another.workflowId}; deploy again to be sure of its model`,
    );
  }
  if (owner.state === 'running') return { ...uses, owned: true };
  if (owner.state === 'over' && owner.how === 'done') return kept(`deployed by ${maker.workflowId}`);
  // What never came into service serves nobody, whatever else is known of it.
  if (status !== 'Failed') {
    if (owner.state !== 'over') return kept(`${status === 'InService' ? 'in service' : status}, and ${owner.why}`);
    if (changers.length === 0) return kept(`its config ${configs[0]} is gone or not of attune's making`);
    if (maker.runId === undefined)
      return kept(
        `${owner.why}, but a version made it that put no deployment on record; delete it if it serves nobody`,
      );
  }
  return { ...uses, left: { ...found, status, owner: maker }, whose: owner };
}

/** @returns the config that serves, then the one that is to follow it; none of an endpoint that goes or is gone */
async function describeEndpoint(
  sageMaker: SageMakerClient,
  EndpointName: string,
): Promise<{ status: string; configs: string[] }> {
  const found = await unlessGone(sageMaker.send(new DescribeEndpointCommand({ EndpointName })));
  const status = found?.EndpointStatus ?? 'Deleting';
  const named = [found?.EndpointConfigName, found?.PendingDeploymentSummary?.EndpointConfigName];
  return { status, configs: status === 'Deleting' ? [] : named.filter((one) => one !== undefined) };
}

/** Undefined: there is no such config. */
async function configTags(sageMaker: SageMakerClient, config: string): Promise<Tag[] | undefined> {
  const arn = (await describeConfig(sageMaker, config))?.EndpointConfigArn;
  return arn === undefined ? undefined : tagsOf(sageMaker, arn);
}

/** How the last change of the endpoint ended; an error where Temporal does not tell. */
async function lastDeployment(
  temporal: WhatTemporalKnows,
  { name, arn }: Resource,
): Promise<string | undefined | Error> {
  try {
    for (const id of deploymentIdsOf(name, arn)) {
      const last = await temporal.latestOf(id);
      if (last) return (last.result as { outcome?: string } | undefined)?.outcome;
    }
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
