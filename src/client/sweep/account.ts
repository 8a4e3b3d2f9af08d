/**
 * What lies in the AWS account: jobs, models, endpoint configs and endpoints, and whose they are by their tags.
 * @module
 */
import {
  DescribeEndpointConfigCommand,
  ListTagsCommand,
  paginateListEndpointConfigs,
  paginateListEndpoints,
  paginateListHyperParameterTuningJobs,
  paginateListModels,
  paginateListProcessingJobs,
  paginateListTrainingJobs,
  type SageMakerClient,
  type Tag,
} from '@aws-sdk/client-sagemaker';
import { unlessGone } from '../../aws/errors.js';
import { ownerIn, type OwnerTags } from '../../aws/tags.js';

export type SweptKind =
  'tuningJob' | 'trainingJob' | 'processingJob' | 'batchJob' | 'endpoint' | 'endpointConfig' | 'model';

export interface Resource {
  kind: SweptKind;
  name: string;
  arn: string;
  /** Of jobs and endpoints, as AWS has it. */
  status?: string;
}

export type Owned = Resource & { owner: OwnerTags };

/** attune's names of everything but endpoints begin so. */
export const PREFIX = 'attune-';
export const isNamedSo = ({ name }: Resource): boolean => name.startsWith(PREFIX);

/** Jobs of SageMaker that still cost something. */
export const jobsIn = async (client: SageMakerClient): Promise<Owned[]> =>
  ownedAmong(client, [...(await jobsThatAre('InProgress', client)), ...(await jobsThatAre('Stopping', client))]);

async function jobsThatAre(StatusEquals: 'InProgress' | 'Stopping', client: SageMakerClient): Promise<Resource[]> {
  const filter = { NameContains: PREFIX, StatusEquals, MaxResults: 100 } as const;
  const found: Resource[] = [];
  for await (const { HyperParameterTuningJobSummaries = [] } of paginateListHyperParameterTuningJobs(
    { client },
    filter,
  ))
    for (const job of HyperParameterTuningJobSummaries)
      found.push({
        kind: 'tuningJob',
        name: job.HyperParameterTuningJobName!,
        arn: job.HyperParameterTuningJobArn!,
        status: job.HyperParameterTuningJobStatus,
      });
  const tuning = found.map(({ name }) => `${name}-`);
  for await (const { TrainingJobSummaries = [] } of paginateListTrainingJobs({ client }, filter))
    for (const { TrainingJobName: name, TrainingJobArn: arn, TrainingJobStatus: status } of TrainingJobSummaries)
      // A trial goes with its tuning job, which stops it.
      if (!tuning.some((prefix) => name!.startsWith(prefix)))
        found.push({ kind: 'trainingJob', name: name!, arn: arn!, status });
  for await (const { ProcessingJobSummaries = [] } of paginateListProcessingJobs({ client }, filter))
    for (const {
      ProcessingJobName: name,
      ProcessingJobArn: arn,
      ProcessingJobStatus: status,
    } of ProcessingJobSummaries)
      found.push({ kind: 'processingJob', name: name!, arn: arn!, status });
  return found.filter(isNamedSo);
}

export async function configsIn(client: SageMakerClient): Promise<Resource[]> {
  const found: Resource[] = [];
  for await (const { EndpointConfigs = [] } of paginateListEndpointConfigs({ client }, {}))
    for (const { EndpointConfigName: name, EndpointConfigArn: arn } of EndpointConfigs)
      found.push({ kind: 'endpointConfig', name: name!, arn: arn! });
  return found;
}

export async function modelsIn(client: SageMakerClient): Promise<Resource[]> {
  const found: Resource[] = [];
  for await (const { Models = [] } of paginateListModels({ client }, { NameContains: PREFIX }))
    for (const { ModelName: name, ModelArn: arn } of Models) found.push({ kind: 'model', name: name!, arn: arn! });
  return found;
}

/** All of them: endpoints are named by specs. */
export async function endpointsIn(client: SageMakerClient): Promise<Resource[]> {
  const found: Resource[] = [];
  for await (const { Endpoints = [] } of paginateListEndpoints({ client }, {}))
    for (const { EndpointName: name, EndpointArn: arn, EndpointStatus: status } of Endpoints)
      found.push({ kind: 'endpoint', name: name!, arn: arn!, status });
  return found;
}

/** Those of attune's making, by their tags. */
export async function ownedAmong(client: SageMakerClient, found: readonly Resource[]): Promise<Owned[]> {
  const owned = await inTurn(found.filter(isNamedSo), async (one) => {
    const owner = ownerIn(await tagsOf(client, one.arn));
    return owner ? [{ ...one, owner }] : [];
  });
  return owned.flat();
}

/** None where the resource is gone. */
export async function tagsOf(client: SageMakerClient, ResourceArn: string): Promise<Tag[]> {
  const { Tags = [] } = (await unlessGone(client.send(new ListTagsCommand({ ResourceArn })))) ?? {};
  return Tags;
}

export const describeConfig = (client: SageMakerClient, EndpointConfigName: string) =>
  unlessGone(client.send(new DescribeEndpointConfigCommand({ EndpointConfigName })));

/** @param leaving  configs that do not count. @param used  by endpoints: they count though they may be gone from the list */
export async function modelsInUse(
  client: SageMakerClient,
  { leaving, used }: { leaving: ReadonlySet<string>; used: ReadonlySet<string> },
): Promise<Set<string>> {
  const configs = new Set([...used, ...(await configsIn(client)).map(({ name }) => name)]);
  const staying = [...configs].filter((name) => !leaving.has(name));
  return new Set((await inTurn(staying, (name) => modelsOf(client, name))).flat());
}

async function modelsOf(client: SageMakerClient, config: string): Promise<string[]> {
  const { ProductionVariants = [], ShadowProductionVariants = [] } = (await describeConfig(client, config)) ?? {};
  return [...ProductionVariants, ...ShadowProductionVariants].flatMap(({ ModelName }) => ModelName ?? []);
}

/** One after the other: SageMaker answers few control-plane calls a second. */
export async function inTurn<T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await each(item));
  return results;
}
