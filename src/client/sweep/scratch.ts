/**
 * Run folders in S3 that no run has a use for: those of runs that ended before anything was decided on their model.
 * @module
 */
import { GetObjectCommand, HeadObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { DescribeModelCommand, paginateListModels, type SageMakerClient } from '@aws-sdk/client-sagemaker';
import { isNotFound } from '../../aws/errors.js';
import { removeObjects } from '../../aws/s3.js';
import { isSameOwner, ownerInMetadata, type OwnerTags } from '../../aws/tags.js';
import { filesOf } from '../../run/files.js';
import type { Progress } from '../../run/progress.js';
import { indexOf, resultSchema, type StageResult } from '../../run/results.js';
import { jobsIn, type Owned } from './account.js';
import { batchesIn, type Bedrock } from './batches.js';
import { isRemovable } from './leftover.js';
import { ownerOf, ownersIn, type Owner } from './owner.js';
import type { WhatTemporalKnows } from './temporal.js';

export interface ScratchFolder extends OwnerTags {
  /** S3 URI, with a slash at its end. */
  folder: string;
  objects: number;
  bytes: number;
  /** Why nobody needs it. */
  why: string;
  /** Whether the very run that it was made for was found, and is over. */
  ownerKnown: boolean;
  /** Its run may go on where this sweep cannot look: it is never touched. */
  mayRun?: true;
  /** Set where it is kept nevertheless: the reason. */
  kept?: string;
  outcome?: 'removed' | 'failed';
  problem?: string;
}

export interface Place {
  s3: S3Client;
  bucket: string;
  prefix: string;
}

const RUN = /^[0-9a-f]{8}$/;

export interface Looked {
  temporal: WhatTemporalKnows;
  sageMaker: SageMakerClient;
  bedrock: Bedrock;
}

/** @returns folders of runs that ended other than done or rejected, and of runs that nobody knows and no record tells so of */
export async function scratchIn(place: Place, { temporal, sageMaker, bedrock }: Looked): Promise<ScratchFolder[]> {
  const batches = await batchesIn(bedrock);
  const busy = [...(await jobsIn(sageMaker)), ...batches.jobs];
  const ownerNow = ownersIn(temporal);
  const found: ScratchFolder[] = [];
  for (const key of await runFolders(place)) {
    const owner = await ownerTags(place, key);
    const state = owner && (await ownerNow(owner));
    if (owner === undefined || state === undefined || !cameToNothing(state)) continue;
    if (state.state !== 'over' && (await wasDecided(place, key))) continue;
    const objects = await objectsBelow(place, key);
    // From here on there is evidence about a model, which somebody may want to read.
    const evaluated = objects.some((object) => object.key === filesOf({ folder: key }).report);
    found.push({
      ...owner,
      folder: `s3://${place.bucket}/${key}`,
      objects: objects.length,
      bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
      why: state.why,
      ownerKnown: state.state === 'over',
      ...(state.state === 'unknown' ? { mayRun: true } : {}),
      kept: writesInto(busy, owner)
        ? 'a job of it has not ended yet'
        : batches.unseen !== undefined && hasBatches(key, objects)
          ? 'it has files of batch jobs, which were not to be seen'
          : evaluated
            ? 'its model was evaluated'
            : undefined,
    });
  }
  if (found.some(({ kept }) => kept === undefined)) await keepWhatServes(sageMaker, found);
  return found;
}

type Ended = Exclude<Owner, { state: 'running' }>;

const cameToNothing = (owner: Owner): owner is Ended =>
  owner.state !== 'running' && !(owner.state === 'over' && isDecided(owner.how));

const isDecided = (how?: string): boolean => how === 'done' || how === 'rejected';

/** What Temporal has forgotten, the run's own record tells: it may be all that is left of it. One that cannot be read may tell so. */
async function wasDecided({ s3, bucket: Bucket }: Place, folder: string): Promise<boolean> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: filesOf({ folder }).record }));
    return isDecided((JSON.parse(await Body!.transformToString()) as Partial<Progress>).status);
  } catch (error) {
    if (isNotFound(error)) return false;
    if (error instanceof SyntaxError) return true;
    throw error;
  }
}

/** @param key  of the run's folder */
const hasBatches = (key: string, objects: readonly { key: string }[]): boolean =>
  objects.some((object) => object.key.startsWith(filesOf({ folder: key }).questionBatches));

/** Owners of jobs that may still write. */
const writesInto = (busy: readonly Owned[], owner: OwnerTags): boolean =>
  busy.some((job) => isSameOwner(job.owner, owner));

/** Asked for by name, because what is gone from S3 is gone. Each after a last look. */
export async function removeScratch(
  place: Place,
  looked: Looked,
  folders: ScratchFolder[],
  includeUnknown: boolean,
): Promise<void> {
  const now = new Map((await scratchIn(place, looked)).map((one) => [one.folder, one]));
  for (const one of folders) {
    if (one.kept !== undefined || !isRemovable(one, includeUnknown)) continue;
    try {
      const again = now.get(one.folder);
      const state = await ownerOf(looked.temporal, one);
      const still = cameToNothing(state) && (state.state === 'over' || (includeUnknown && state.state === 'forgotten'));
      if (!still || again === undefined || again.kept !== undefined) {
        one.kept = again?.kept ?? 'a last look found it in use';
        continue;
      }
      await removeBelow(place, one.folder.slice(`s3://${place.bucket}/`.length));
      one.outcome = 'removed';
    } catch (error) {
      one.outcome = 'failed';
      one.problem = (error as Error).message;
    }
  }
}

/** What points into the folder goes first. The spec goes last: while anything is left, it says whose the folder is. */
async function removeBelow(place: Place, key: string): Promise<void> {
  const objects = (await objectsBelow(place, key)).sort((a, b) => last(a.key, key) - last(b.key, key));
  await removeObjects(place.s3, place.bucket, await pointersInto(place, key, objects));
  await removeObjects(place.s3, place.bucket, objects);
}

/** Entries of the index of results that lead to this folder. One that leads to a later run's by now stays. */
async function pointersInto(
  place: Place,
  key: string,
  objects: readonly { key: string }[],
): Promise<{ key: string }[]> {
  const { results } = filesOf({ folder: key });
  const found: { key: string }[] = [];
  for (const record of objects.filter((one) => one.key.startsWith(results))) {
    const { stage, digest } = (await resultAt(place, record.key)) ?? {};
    const pointer = stage && digest && indexOf({ folder: key }, stage, digest);
    if (pointer && (await resultAt(place, pointer))?.folder === `s3://${place.bucket}/${key}`)
      found.push({ key: pointer });
  }
  return found;
}

async function resultAt({ s3, bucket: Bucket }: Place, Key: string): Promise<StageResult | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return resultSchema.safeParse(JSON.parse(await Body!.transformToString())).data;
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const last = (object: string, folder: string): number => (object === filesOf({ folder }).spec ? 1 : 0);

/** `<prefix>/<name>/<run>/`, by their form. */
async function runFolders(place: Place): Promise<string[]> {
  const names = await foldersIn(place, `${place.prefix}/`);
  const runs: string[] = [];
  for (const name of names) runs.push(...(await foldersIn(place, name)));
  return runs.filter((key) => RUN.test(key.split('/').at(-2)!));
}

async function foldersIn({ s3: client, bucket: Bucket }: Place, Prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { CommonPrefixes = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix, Delimiter: '/' }))
    found.push(...CommonPrefixes.flatMap((one) => one.Prefix ?? []));
  return found;
}

async function objectsBelow({ s3: client, bucket: Bucket }: Place, Prefix: string) {
  const found: { key: string; bytes: number }[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix }))
    found.push(...Contents.map(({ Key = '', Size = 0 }) => ({ key: Key, bytes: Size })));
  return found;
}

/** By the first file of a run, or its last one. Undefined: not a folder of attune's making. */
async function ownerTags(place: Place, folder: string): Promise<OwnerTags | undefined> {
  const { spec, record } = filesOf({ folder });
  const run = folder.split('/').at(-2)!;
  return (await ownerOfObject(place, spec, run)) ?? (await ownerOfObject(place, record, run));
}

async function ownerOfObject({ s3, bucket: Bucket }: Place, Key: string, run: string): Promise<OwnerTags | undefined> {
  try {
    const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    return ownerInMetadata(Metadata, run);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Whoever made them: a model entry may go into service at any moment. */
async function keepWhatServes(client: SageMakerClient, folders: ScratchFolder[]): Promise<void> {
  for await (const { Models = [] } of paginateListModels({ client }, {})) {
    for (const { ModelName } of Models) {
      const urls = await archivesOf(client, ModelName!);
      const user = folders.find(({ folder, kept }) => kept === undefined && urls.some((url) => url.startsWith(folder)));
      if (user) user.kept = `model ${ModelName} is made from it`;
    }
  }
}

async function archivesOf(client: SageMakerClient, ModelName: string): Promise<string[]> {
  try {
    const { PrimaryContainer, Containers = [] } = await client.send(new DescribeModelCommand({ ModelName }));
    return [PrimaryContainer, ...Containers].flatMap(
      (one) => one?.ModelDataUrl ?? one?.ModelDataSource?.S3DataSource?.S3Uri ?? [],
    );
  } catch (error) {
    if (isNotFound(error)) return []; // gone meanwhile
    throw error;
  }
}
