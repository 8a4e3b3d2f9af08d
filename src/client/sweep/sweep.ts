/**
 * What no running workflow owns: left behind by a run that was terminated, or whose clean-up failed.
 *
 * The order of looking matters: first the resources, then their owners, then what endpoints use. A run that ended before its
 * owner was looked up has made all it ever makes, so nothing that goes into service meanwhile can be taken for a leftover.
 * @module
 */
import { fromAws } from '../aws.js';
import { configsIn, endpointsIn, inTurn, jobsIn, modelsIn, modelsInUse, ownedAmong, type Owned } from './account.js';
import { batchesIn, type Bedrock } from './batches.js';
import { judgeEndpoint, type Looking } from './endpoints.js';
import { leftJob, leftoverOf, type Leftover } from './leftover.js';
import { ownersIn } from './owner.js';
import { removeLeftovers, type Sweeper } from './remove.js';
import { removeScratch, scratchIn, type Place, type ScratchFolder } from './scratch.js';

export interface KeptEndpoint {
  name: string;
  status: string;
  why: string;
}

export interface Sweep {
  leftovers: Leftover[];
  /** attune's endpoints that are left alone although no run of theirs goes on. */
  kept: KeptEndpoint[];
  /** Why batch jobs of Amazon Bedrock were not looked at, in words; absent where they were. */
  batchesUnseen?: string;
  /** Folders in S3 of runs that came to nothing. Absent where no bucket is set. */
  scratch?: ScratchFolder[];
}

export interface SweepOptions {
  /** Stops and removes what was found. Default: only lists it. */
  delete?: boolean;
  /** Also what belongs to runs that this Temporal namespace knows no more. Default false. */
  includeUnknown?: boolean;
  /** With `delete`: removes the run folders too. What is gone from S3 is gone. Default false. */
  scratch?: boolean;
}

/**
 * @param place  where runs have their folders; absent: they are not looked at
 * @throws AttuneError when AWS refuses to list
 */
export async function sweep(sweeper: Sweeper, options: SweepOptions = {}, place?: Place): Promise<Sweep> {
  const { includeUnknown = false } = options;
  const { temporal, sageMaker, bedrock } = sweeper;
  try {
    const found = await look({ temporal, sageMaker, ownerOf: ownersIn(temporal) }, bedrock);
    if (options.delete) await removeLeftovers(sweeper, found.leftovers, includeUnknown);
    if (place) {
      found.scratch = await scratchIn(place, sweeper);
      if (options.delete && options.scratch) await removeScratch(place, sweeper, found.scratch, includeUnknown);
    }
    return found;
  } catch (error) {
    throw fromAws(error, 'looking for what is left behind');
  }
}

async function look(looking: Looking, bedrock: Bedrock): Promise<Sweep> {
  const { sageMaker, ownerOf } = looking;
  const leftAmong = async (found: Owned[]): Promise<Leftover[]> =>
    (await inTurn(found, async (one) => leftoverOf(one, await ownerOf(one.owner)))).flat();

  const { jobs: batches, unseen } = await batchesIn(bedrock);
  const jobs = [...(await jobsIn(sageMaker)), ...batches].filter(({ status }) => status !== 'Stopping');
  const configs = await leftAmong(await ownedAmong(sageMaker, await configsIn(sageMaker)));
  const models = await leftAmong(await ownedAmong(sageMaker, await modelsIn(sageMaker)));
  const endpoints = await inTurn(await endpointsIn(sageMaker), (found) => judgeEndpoint(looking, found));

  // An endpoint of an unknown run stays unless it is asked for: so does what it serves with.
  const used = new Set(endpoints.flatMap((one) => ('left' in one && one.whose.state === 'over' ? [] : one.configs)));
  const leftConfigs = configs.filter(({ name }) => !used.has(name));
  const leaving = new Set(leftConfigs.map(({ name }) => name));
  const usedModels = models.length === 0 ? new Set() : await modelsInUse(sageMaker, { leaving, used });
  return {
    leftovers: [
      ...(await inTurn(jobs, (job) => leftJob(looking, job))).flat(),
      ...endpoints.flatMap((one) => ('left' in one ? leftoverOf(one.left, one.whose) : [])),
      ...leftConfigs,
      ...models.filter(({ name }) => !usedModels.has(name)),
    ],
    kept: endpoints.flatMap((one) => ('kept' in one ? one.kept : [])),
    batchesUnseen: unseen,
  };
}
