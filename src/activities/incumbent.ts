/**
 * The model in service: what the candidate must beat, and what a failed deployment goes back to.
 * @module
 */
import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListTagsCommand,
  type Tag,
} from '@aws-sdk/client-sagemaker';
import { isNotFound } from '../aws/errors.js';
import type { Incumbent } from '../run/run.js';
import { TAG, tagIn } from '../aws/tags.js';
import { calling } from './call.js';
import { foreignEndpoint, requireClaim, type Claim } from './claim.js';
import type { Deps } from './deps.js';

export interface EndpointState {
  status: string;
  configName: string;
  failureReason?: string;
  /** What an update is about: ActivatingTraffic, Baking. */
  phase?: string;
  /** ISO 8601: when SageMaker last changed it. */
  changedAt?: string;
  /** Running now. */
  instances: number;
  arn: string;
}

/** Null when there is no such endpoint. */
export async function describeEndpoint({ sageMaker }: Deps, name: string): Promise<EndpointState | null> {
  try {
    const endpoint = await sageMaker.send(new DescribeEndpointCommand({ EndpointName: name }));
    return {
      status: endpoint.EndpointStatus ?? 'Creating',
      configName: endpoint.EndpointConfigName!,
      failureReason: endpoint.FailureReason,
      phase: endpoint.PendingDeploymentSummary?.ProductionVariants?.[0]?.VariantStatus?.[0]?.Status,
      changedAt: endpoint.LastModifiedTime?.toISOString(),
      instances: endpoint.ProductionVariants?.[0]?.CurrentInstanceCount ?? 0,
      arn: endpoint.EndpointArn!,
    };
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/**
 * The same of an endpoint that may be changed in this name: see claim.ts.
 *
 * @param claim  absent: whichever run's of attune's making
 * @throws NameTaken (final): the endpoint is not attune's, or another spec's and not to be taken over
 */
export async function describeOwnEndpoint(
  deps: Deps,
  name: string,
  claim: Claim | undefined,
): Promise<EndpointState | null> {
  const state = await describeEndpoint(deps, name);
  if (state) await requireClaim(deps, { name, ...state }, claim);
  return state;
}

/**
 * What serves now; undefined where nothing does.
 *
 * @throws NameTaken (final): the endpoint is not attune's, or another spec's and not to be taken over
 */
export async function findIncumbent(deps: Deps, endpoint: string, claim: Claim): Promise<Incumbent | undefined> {
  return calling(`looking for the model in service at endpoint ${endpoint}`, deps, async () => {
    const state = await describeOwnEndpoint(deps, endpoint, claim);
    if (state === null) return undefined;
    if (['Creating', 'Failed', 'Deleting', 'OutOfService'].includes(state.status)) return undefined;
    const config = await deps.sageMaker.send(
      new DescribeEndpointConfigCommand({ EndpointConfigName: state.configName }),
    );
    const { ModelName, ServerlessConfig } = config.ProductionVariants?.[0] ?? {};
    const model = await deps.sageMaker.send(new DescribeModelCommand({ ModelName }));
    const modelDataUrl = model.PrimaryContainer?.ModelDataUrl;
    if (modelDataUrl === undefined) throw foreignEndpoint(endpoint, state.arn);
    const { Tags = [] } = await deps.sageMaker.send(new ListTagsCommand({ ResourceArn: config.EndpointConfigArn! }));
    const serverless = ServerlessConfig !== undefined;
    return { configName: state.configName, modelDataUrl, serverless, ...makerIn(Tags) };
  });
}

const makerIn = (tags: readonly Tag[]) => ({ madeBy: tagIn(tags, TAG.workflow), madeIn: tagIn(tags, TAG.run) });
