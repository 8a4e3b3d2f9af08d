/**
 * Whose an endpoint is, and whether a run may change it: its spec's own endpoints it may, in its own Temporal namespace;
 * those of other specs only where `deploy.takeOver` says so; what attune did not make, never.
 * @module
 */
import {
  AddTagsCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListTagsCommand,
  type Tag,
} from '@aws-sdk/client-sagemaker';
import { unlessGone } from '../aws/errors.js';
import { TAG, isSameOwner, ownerIn, ownerTagsOf, tagIn } from '../aws/tags.js';
import type { Run } from '../run/run.js';
import { fail } from '../spec/failures.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { calling, now } from './call.js';
import type { Deps } from './deps.js';

/** In whose name an endpoint is to be changed. */
export interface Claim {
  /** The spec's. */
  name: string;
  /** Temporal's; absent in runs that versions before 0.1.0 began. */
  namespace?: string;
  takeOver: boolean;
}

export const claimOf = ({ name, deploy }: Pick<FineTuneSpec, 'name' | 'deploy'>, namespace?: string): Claim => ({
  name,
  namespace,
  takeOver: deploy !== false && deploy.takeOver,
});

interface Endpoint {
  name: string;
  arn: string;
  configName: string;
}

/**
 * @param claim  absent: whichever run's of attune's making
 * @throws NameTaken (final): the endpoint is not attune's, or another spec's and not to be taken over
 */
export async function requireClaim(deps: Deps, endpoint: Endpoint, claim: Claim | undefined): Promise<void> {
  const tags = await tagsOf(deps, endpoint.arn);
  if (tags === undefined) return; // gone meanwhile
  if (tagIn(tags, TAG.workflow) === undefined) throw foreignEndpoint(endpoint.name, endpoint.arn);
  if (claim === undefined || claim.takeOver) return;
  const maker = await makerOf(deps, endpoint, tags);
  const others = [
    maker.name !== undefined && maker.name !== claim.name && `spec ${maker.name}`,
    maker.namespace !== undefined &&
      claim.namespace !== undefined &&
      maker.namespace !== claim.namespace &&
      `Temporal namespace ${maker.namespace}`,
  ].filter((part) => part !== false);
  if (others.length === 0) return;
  throw fail(
    'NameTaken',
    `endpoint ${endpoint.name} belongs to ${others.join(' in ')} (run ${tagIn(tags, TAG.workflow)}), not to spec ${claim.name}` +
      `${claim.namespace === undefined ? '' : ` in ${claim.namespace}`}; name another in deploy.endpoint, or write ` +
      'deploy.takeOver: true to put this model in the place of theirs',
  );
}

export const foreignEndpoint = (name: string, arn: string) =>
  fail(
    'NameTaken',
    `endpoint ${name} (${arn}) was not made by attune, so it is left alone; name another in deploy.endpoint`,
  );

/** Whether the run that has these tags made the resource. */
export async function isMadeBy(deps: Deps, arn: string, owner: readonly Tag[]): Promise<boolean> {
  const [maker, run] = [ownerIn((await tagsOf(deps, arn)) ?? []), ownerIn(owner)];
  return maker !== undefined && run !== undefined && isSameOwner(maker, run);
}

/** Whether a config is of the spec, and the namespace, that the tags of a run name. */
export async function isOfSameSpec(
  deps: Deps,
  config: string,
  tags: readonly Tag[],
  run: readonly Tag[],
): Promise<boolean> {
  const [mine, namespace] = [tagIn(run, TAG.name), tagIn(run, TAG.namespace)];
  const name = tagIn(tags, TAG.name) ?? (await nameInFolder(deps, config, tags));
  const theirs = tagIn(tags, TAG.namespace);
  return (
    (name === undefined || mine === undefined || name === mine) &&
    (theirs === undefined || namespace === undefined || theirs === namespace)
  );
}

export interface RecordDeployed {
  run: Run;
  endpoint: string;
  configName: string;
}

export const createClaimActivities = (deps: Deps) => ({
  /**
   * Puts on record, with the endpoint itself, that its model was verified and whose it is from now on: so that this is known
   * when Temporal has forgotten the run. Repeated, it writes a later time.
   */
  async recordDeployed({ run, endpoint, configName }: RecordDeployed): Promise<void> {
    const { sageMaker } = deps;
    const deployed = { Key: TAG.deployed, Value: now() };
    await calling(`putting the deployment of endpoint ${endpoint} on record`, deps, async () => {
      const config = await sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: configName }));
      await sageMaker.send(new AddTagsCommand({ ResourceArn: config.EndpointConfigArn, Tags: [deployed] }));
      const { EndpointArn } = await sageMaker.send(new DescribeEndpointCommand({ EndpointName: endpoint }));
      await sageMaker.send(new AddTagsCommand({ ResourceArn: EndpointArn, Tags: [...ownerTagsOf(run), deployed] }));
    });
  },
});

/** The spec and the namespace that an endpoint is of. Versions before 0.1.0 told them by the model's place in S3 alone. */
async function makerOf(deps: Deps, { configName }: Endpoint, tags: readonly Tag[]) {
  const name = tagIn(tags, TAG.name) ?? (await nameInFolder(deps, configName, await tagsOfConfig(deps, configName)));
  return { name, namespace: tagIn(tags, TAG.namespace) };
}

/** `…/<name>/<run>/…` in the URI of the model that a config serves. */
async function nameInFolder(deps: Deps, config: string, tags: readonly Tag[]): Promise<string | undefined> {
  const run = tagIn(tags, TAG.run);
  if (run === undefined) return undefined;
  const described = await unlessGone(
    deps.sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: config })),
  );
  const ModelName = described?.ProductionVariants?.[0]?.ModelName;
  const model = ModelName && (await unlessGone(deps.sageMaker.send(new DescribeModelCommand({ ModelName }))));
  const parts = (model && model.PrimaryContainer?.ModelDataUrl?.split('/')) || [];
  return parts[parts.indexOf(run) - 1];
}

async function tagsOfConfig(deps: Deps, EndpointConfigName: string): Promise<readonly Tag[]> {
  const config = await unlessGone(deps.sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName })));
  return (config && (await tagsOf(deps, config.EndpointConfigArn!))) ?? [];
}

/** Undefined where the resource is gone. */
async function tagsOf({ sageMaker }: Deps, ResourceArn: string): Promise<Tag[] | undefined> {
  return (await unlessGone(sageMaker.send(new ListTagsCommand({ ResourceArn }))))?.Tags;
}
