/**
 * What no running workflow owns: left behind by a run that was terminated, or whose clean-up failed.
 *
 * The order of looking matters: first the resources, then their owners, then what endpoints use. A run that ended before its
 * owner was looked up has made all it ever makes, so nothing that goes into service meanwhile can be taken for a leftover.
 * @module
 */
import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  ListTagsCommand,
  paginateListEndpointConfigs,
  paginateListEndpoints,
  paginateListHyperParameterTuningJobs,
  paginateListModels,
  paginateListProcessingJobs,
  paginateListTrainingJobs,
  StopHyperParameterTuningJobCommand,
  StopProcessingJobCommand,
  StopTrainingJobCommand,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import type { Client } from '@temporalio/client';
import { isNotFound, isWrongState } from '../../aws/errors.js';
import { TAG, tagIn } from '../../aws/tags.js';
import { deployWorkflowId, jobWorkflowId } from '../../run/ids.js';
import { fromAws } from '../aws.js';
import { isRunning, lastResult, ownersIn, type OwnerTags } from './owner.js';
import { removeScratch, scratchIn, type Place, type ScratchFolder } from './scratch.js';

export type SweptKind = 'tuningJob' | 'trainingJob' | 'processingJob' | 'endpoint' | 'endpointConfig' | 'model';

export interface Leftover extends OwnerTags {
  kind: SweptKind;
  name: string;
  arn: string;
  /** SageMaker's, of jobs and endpoints. */
  status?: string;
  /** Why nobody owns it. */
  why: string;
  /** Whether Temporal knows the run that it was made for. What it does not know may belong to another namespace. */
  ownerKnown: boolean;
  /** Where it was asked for: jobs are stopped, the rest is removed. */
  outcome?: 'stopped' | 'removed' | 'failed';
  /** Why it failed. */
  problem?: string;
}

export interface KeptEndpoint {
  name: string;
  status: string;
  why: string;
}

export interface Sweep {
  leftovers: Leftover[];
  /** attune's endpoints that are left alone although no run of theirs goes on. */
  kept: KeptEndpoint[];
  /** Folders in S3 of runs that came to nothing. Absent where no bucket is set. */
  scratch?: ScratchFolder[];
}

export interface SweepOptions {
  /** Stops and removes what was found. Default: only lists it. */
  delete?: boolean;
  /** Also what belongs to runs that this Temporal namespace does not know. Default false. */
  includeUnknown?: boolean;
  /** With `delete`: removes the run folders too. What is gone from S3 is gone. Default false. */
  scratch?: boolean;
}

/** attune's names of everything but endpoints begin so. */
const PREFIX = 'attune-';

/**
 * @param place  where runs have their folders; absent: they are not looked at
 * @throws AttuneError when AWS refuses to list
 */
export async function sweep(
  client: Client,
  sageMaker: SageMakerClient,
  options: SweepOptions = {},
  place?: Place,
): Promise<Sweep> {
  const { includeUnknown = false } = options;
  try {
    const found = await look(client, sageMaker);
    if (options.delete) await remove(sageMaker, found.leftovers, includeUnknown);
    if (place) {
      const busy = await withTags(sageMaker, [
        ...(await jobsThatAre('InProgress', sageMaker)),
        ...(await jobsThatAre('Stopping', sageMaker)),
      ]);
      found.scratch = await scratchIn(place, sageMaker, { ownerOf: ownersIn(client), busy });
      if (options.delete && options.scratch) await removeScratch(place, found.scratch, includeUnknown);
    }
    return found;
  } catch (error) {
    throw fromAws(error, 'looking for what is left behind');
  }
}

type Found = Pick<Leftover, 'kind' | 'name' | 'arn' | 'status'> & Partial<OwnerTags>;
type Tagged = Found & OwnerTags;

async function look(client: Client, sageMaker: SageMakerClient): Promise<Sweep> {
  const ownerOf = ownersIn(client);
  const leftover = async (found: Tagged): Promise<Leftover | undefined> => {
    const owner = await ownerOf(found);
    if (owner.state === 'running') return undefined;
    const why =
      owner.state === 'ended' ? `its run is over: ${owner.how}` : 'this Temporal namespace does not know its run';
    return { ...found, why, ownerKnown: owner.state === 'ended' };
  };
  const leftoversIn = async (found: Found[]): Promise<Leftover[]> =>
    (await inTurn(await withTags(sageMaker, found), leftover)).filter((one) => one !== undefined);

  const jobs = await leftoversIn(await jobsThatAre('InProgress', sageMaker));
  const configs = await leftoversIn(await configsIn(sageMaker));
  const models = await leftoversIn(await modelsIn(sageMaker));
  const endpoints = await inTurn(await endpointsIn(sageMaker), (found) => judged(client, sageMaker, found, leftover));

  const leftEndpoints = endpoints.flatMap((one) => ('left' in one ? one.left : []));
  // An endpoint of an unknown run stays unless it is asked for: so does what it serves with.
  const used = new Set(endpoints.flatMap((one) => ('left' in one && one.left.ownerKnown ? [] : one.configs)));
  const leftConfigs = configs.filter(({ name }) => !used.has(name));
  const keptConfigs = [...used, ...(await configsIn(sageMaker)).map(({ name }) => name)].filter(
    (name) => !leftConfigs.some((left) => left.name === name),
  );
  const usedModels = new Set((await inTurn([...new Set(keptConfigs)], (name) => modelsOf(sageMaker, name))).flat());

  const leftJobs = await inTurn(jobs, async (job) => ((await isRunning(client, jobWorkflowId(job.name))) ? [] : [job]));
  return {
    leftovers: [
      ...leftJobs.flat(),
      ...leftEndpoints,
      ...leftConfigs,
      ...models.filter(({ name }) => !usedModels.has(name)),
    ],
    kept: endpoints.flatMap((one) => ('kept' in one && one.kept ? one.kept : [])),
  };
}

type Judged = { configs: string[] } & ({ left: Leftover } | { kept?: KeptEndpoint });

/**
 * An endpoint is owned by being deployed. Only one that its own, only run made and did not bring to its end is left over.
 */
async function judged(
  client: Client,
  sageMaker: SageMakerClient,
  found: Found,
  leftover: (found: Tagged) => Promise<Leftover | undefined>,
): Promise<Judged> {
  const { name, arn } = found;
  const { EndpointConfigName, EndpointStatus, PendingDeploymentSummary } =
    (await unlessGone(sageMaker.send(new DescribeEndpointCommand({ EndpointName: name })))) ?? {};
  const configs = [EndpointConfigName, PendingDeploymentSummary?.EndpointConfigName].filter((one) => one !== undefined);
  const maker = await ownerTags(sageMaker, arn);
  if (maker === undefined || EndpointStatus === undefined) return { configs };
  if (await isRunning(client, deployWorkflowId(name))) return { configs };

  const made = await leftover({ ...found, ...maker, status: EndpointStatus });
  const changer = await changerOf(sageMaker, EndpointConfigName);
  const changed = changer && (await leftover({ ...found, ...changer }));
  if (made === undefined || (changer && changed === undefined)) return { configs };
  const keptAs = (why: string): Judged => ({ configs, kept: { name, status: EndpointStatus, why } });

  if (await wasDeployed(client, name)) return keptAs('deployed and verified');
  if (changed?.why.endsWith(': done')) return keptAs(`deployed by ${changed.workflowId}`);
  if (changer && (changer.workflowId !== maker.workflowId || changer.run !== maker.run))
    return keptAs(
      `made by ${maker.workflowId} and changed by ${changer.workflowId}; deploy again to be sure of its model`,
    );
  if (!made.ownerKnown && EndpointStatus === 'InService') return keptAs(`in service, and ${made.why}`);
  return { configs, left: made };
}

async function changerOf(sageMaker: SageMakerClient, config: string | undefined): Promise<OwnerTags | undefined> {
  if (config === undefined) return undefined;
  const { EndpointConfigArn } =
    (await unlessGone(sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: config })))) ?? {};
  return EndpointConfigArn === undefined ? undefined : ownerTags(sageMaker, EndpointConfigArn);
}

async function wasDeployed(client: Client, endpoint: string): Promise<boolean> {
  const last = (await lastResult(client, deployWorkflowId(endpoint))) as { outcome?: string } | undefined;
  return last?.outcome === 'deployed';
}

async function modelsOf(sageMaker: SageMakerClient, config: string): Promise<string[]> {
  const { ProductionVariants = [] } =
    (await unlessGone(sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: config })))) ?? {};
  return ProductionVariants.flatMap(({ ModelName }) => ModelName ?? []);
}

async function withTags(sageMaker: SageMakerClient, found: Found[]): Promise<Tagged[]> {
  const tagged = await inTurn(found, async (one) => ({ ...one, ...(await ownerTags(sageMaker, one.arn)) }));
  return tagged.filter((one): one is Tagged => one.workflowId !== undefined);
}

/** Undefined: not attune's. */
async function ownerTags(sageMaker: SageMakerClient, arn: string): Promise<OwnerTags | undefined> {
  const { Tags = [] } = (await unlessGone(sageMaker.send(new ListTagsCommand({ ResourceArn: arn })))) ?? {};
  const [workflowId, run] = [tagIn(Tags, TAG.workflow), tagIn(Tags, TAG.run)];
  return workflowId === undefined || run === undefined ? undefined : { workflowId, run };
}

async function jobsThatAre(StatusEquals: 'InProgress' | 'Stopping', client: SageMakerClient): Promise<Found[]> {
  const filter = { NameContains: PREFIX, StatusEquals, MaxResults: 100 } as const;
  const found: Found[] = [];
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

async function configsIn(client: SageMakerClient): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { EndpointConfigs = [] } of paginateListEndpointConfigs({ client }, { NameContains: PREFIX }))
    for (const { EndpointConfigName: name, EndpointConfigArn: arn } of EndpointConfigs)
      found.push({ kind: 'endpointConfig', name: name!, arn: arn! });
  return found.filter(isNamedSo);
}

async function modelsIn(client: SageMakerClient): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Models = [] } of paginateListModels({ client }, { NameContains: PREFIX }))
    for (const { ModelName: name, ModelArn: arn } of Models) found.push({ kind: 'model', name: name!, arn: arn! });
  return found.filter(isNamedSo);
}

/** All of them: endpoints are named by specs. */
async function endpointsIn(client: SageMakerClient): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Endpoints = [] } of paginateListEndpoints({ client }, {}))
    for (const { EndpointName: name, EndpointArn: arn, EndpointStatus: status } of Endpoints)
      found.push({ kind: 'endpoint', name: name!, arn: arn!, status });
  return found;
}

const isNamedSo = ({ name }: Found): boolean => name.startsWith(PREFIX);

/** Jobs first, because they cost most; a config before its models, as the list has them. */
async function remove(sageMaker: SageMakerClient, leftovers: Leftover[], includeUnknown: boolean): Promise<void> {
  const failed = new Set<string>();
  for (const one of leftovers) {
    if (!one.ownerKnown && !includeUnknown) continue;
    try {
      if (failed.has(`${one.workflowId} ${one.run}`)) throw new Error("the run's endpoint could not be removed");
      await REMOVE[one.kind](sageMaker, one.name);
      one.outcome = one.kind.endsWith('Job') ? 'stopped' : 'removed';
    } catch (error) {
      one.outcome = 'failed';
      one.problem = isWrongState(error) ? 'it is in motion: try again once it has settled' : (error as Error).message;
      if (one.kind === 'endpoint') failed.add(`${one.workflowId} ${one.run}`);
    }
  }
}

/** Gone already, or ended by itself, is as good as done. */
const REMOVE: Record<SweptKind, (sageMaker: SageMakerClient, name: string) => Promise<unknown>> = {
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

async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function unlessEnded(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isNotFound(error) && !isWrongState(error)) throw error;
  }
}

/** One after the other: SageMaker answers few control-plane calls a second. */
async function inTurn<T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await each(item));
  return results;
}
