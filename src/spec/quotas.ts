/**
 * What of the account's quotas a spec's jobs and endpoint need, each at its start, and what of that is not there. The jobs of a
 * run follow one another, so each is held against the whole of a quota.
 *
 * Names are those of Service Quotas, which AWS's refusals quote too: "The account-level service limit 'ml.p3.2xlarge for
 * training job usage' is 0 Instances". A quota that is not listed is unknown, and never lacking.
 * @module
 */
import { typesOf } from './instances.js';
import { placesOf } from './places.js';
import type { FineTuneSpec } from './schema.js';
import { parallelTrialsOf } from './searchSpace.js';
import { computeOf, countOf, jobStagesOf, STAGES, type JobStage } from './stages.js';

/** By name. */
export type Quotas = ReadonlyMap<string, number>;

/** So much of one quota. */
export interface Claim {
  quota: string;
  needed: number;
}

/** What one job, or the endpoint, can be started with: all claims of any of the ways. */
export interface Need {
  /** Path in the spec: `compute.evaluate`, `deploy`. */
  field: string;
  ways: Claim[][];
}

export interface Lack extends Claim {
  field: string;
  has: number;
}

/** In the order of the run. */
export function needsOf(spec: FineTuneSpec): Need[] {
  const ofJobs = jobStagesOf(spec).map((stage) => ({
    field: `compute.${STAGES[stage].compute}`,
    ways: waysOf(spec, stage),
  }));
  return [...ofJobs, ...endpointNeeds(spec)];
}

function waysOf(spec: FineTuneSpec, stage: JobStage): Claim[][] {
  const compute: { instanceType: string | string[]; spot?: boolean } = computeOf(spec, stage);
  const count = countOf(spec, stage);
  if (STAGES[stage].as === 'processing')
    return typesOf(compute.instanceType).map((type) => usage(type, 'processing', count));
  const trials = STAGES[stage].as === 'tuning' && spec.tune ? parallelTrialsOf(spec.tune) : 1;
  return placesOf(compute).flatMap(({ instanceTypes, spot }) =>
    instanceTypes.map((type) => [
      ...usage(type, spot ? 'spot training' : 'training', count * trials),
      { quota: `Maximum number of instances per ${spot ? 'spot ' : ''}training job`, needed: count },
    ]),
  );
}

/** Of the type, and of all types together. */
const usage = (type: string, jobs: 'processing' | 'training' | 'spot training', needed: number): Claim[] => [
  { quota: `${type} for ${jobs} job usage`, needed },
  { quota: `Number of instances across all ${jobs} jobs`, needed },
];

function endpointNeeds({ deploy }: FineTuneSpec): Need[] {
  if (!deploy) return [];
  const { instanceType, instanceCount: needed, serverless } = deploy;
  const concurrency = 'Maximum total concurrency that can be allocated across all serverless endpoints';
  const ways = serverless
    ? [[{ quota: concurrency, needed: serverless.maxConcurrency }]]
    : typesOf(instanceType).map((type) => [
        { quota: `${type} for endpoint usage`, needed },
        { quota: 'Number of instances across active endpoints', needed },
      ]);
  return [{ field: 'deploy', ways }];
}

/** What keeps each need from being met that no way meets. Other jobs of the account are not reckoned with. */
export const lacksOf = (needs: readonly Need[], quotas: Quotas): Lack[] =>
  needs.flatMap((need) => (isMet(need, quotas) ? [] : lackingOf(need, quotas)));

/** What ways lack of needs that another way meets: a run goes on with that one. */
export const shortOf = (needs: readonly Need[], quotas: Quotas): Lack[] =>
  needs.flatMap((need) => (isMet(need, quotas) ? lackingOf(need, quotas) : []));

const isMet = ({ ways }: Need, quotas: Quotas): boolean =>
  ways.some((claims) => claims.every(({ quota, needed }) => (quotas.get(quota) ?? needed) >= needed));

/** Each quota once. */
function lackingOf({ field, ways }: Need, quotas: Quotas): Lack[] {
  const lacks = ways.flat().flatMap((claim) => {
    const has = quotas.get(claim.quota) ?? claim.needed;
    return has < claim.needed ? [{ field, ...claim, has }] : [];
  });
  return [...new Map(lacks.map((lack) => [lack.quota, lack])).values()];
}

/** "compute.evaluate needs 1 of 'ml.g5.xlarge for processing job usage', and the account has 0" */
export const lackInWords = ({ field, quota, needed, has }: Lack): string =>
  `${field} needs ${needed} of '${quota}', and the account has ${has}`;

/** Where to ask for more, and what to change instead. */
export function mendOfLacks(lacks: readonly Lack[]): string {
  const types = new Set(lacks.map(({ field }) => `${field}.instanceType`));
  return `ask for more in Service Quotas, service Amazon SageMaker, in the region of the run; or choose another type, fewer instances or fewer trials at once (${[...types].join(', ')})`;
}
