/**
 * What a run is likely to cost, from prices that are known; and what a job has cost. An unknown price stays unknown: it is
 * never taken for zero.
 * @module
 */
import type { FineTuneSpec } from './schema.js';
import { typesOf } from './instances.js';
import { placesOf } from './places.js';
import { parallelTrialsOf, plannedTrialsOf, type Tune } from './searchSpace.js';
import { computeOf, jobStagesOf, STAGES, type JobStage } from './stages.js';

/** USD an hour. */
export interface Price {
  onDemand: number;
  spot?: number;
}
/** By instance type; a type that is not here has no known price. */
export type PriceTable = Record<string, Price>;

export interface StageEstimate {
  stage: JobStage;
  instanceTypes: string[];
  /** Instances of each job. */
  count: number;
  spot: boolean;
  /** At most. */
  jobs: number;
  /** Absent where the price of a type is unknown. */
  usd?: UsdRange;
  /** Why it runs there, where attune has chosen. */
  why?: string;
}

export interface HostingEstimate {
  /** "A or B" where SageMaker chooses. */
  instanceType: string;
  count: number;
  /** As long as the endpoint is there, also after the run; on the dearest of its types. */
  usdPerHour?: number;
  usdPerMonth?: number;
  /** On the cheapest of them, where that is another one. */
  least?: { usdPerHour: number; usdPerMonth: number };
}

export interface UsdRange {
  low: number;
  high: number;
}

export interface Estimate {
  /** When the prices were read. */
  pricesAsOf: string;
  /** Of the jobs; the endpoint comes on top. Absent where the price of a type is unknown. */
  estimateUsd?: UsdRange;
  stages: StageEstimate[];
  /** Absent where nothing is deployed, and for serverless endpoints, which are paid by the request. */
  hosting?: HostingEstimate;
  /** Instance types of the run whose price is not known. */
  unknownPrices: string[];
}

/** The least that a job takes: instances start, data comes in, something is done, results go out. */
const LEAST_SECONDS = 600;
/** AWS: managed spot training saves up to 90 %. */
const SPOT_AT_BEST = 0.1;
const HOURS_A_MONTH = 730;

export function estimateOf(spec: FineTuneSpec, { asOf, table }: { asOf: string; table: PriceTable }): Estimate {
  const { deploy } = spec;
  const stages = jobStagesOf(spec).map((stage) =>
    stageEstimate(stage, computeOf(spec, stage), table, jobsOf(spec, stage)),
  );
  const hosting = deploy && !deploy.serverless ? hostingEstimate(deploy, table) : undefined;
  const types = [...stages.flatMap(({ instanceTypes }) => instanceTypes), ...hostingTypesOf(spec)];
  const ranges = stages.map(({ usd }) => usd);
  const known = ranges.every((usd) => usd !== undefined);
  return {
    pricesAsOf: asOf,
    estimateUsd: known
      ? { low: cents(sum(ranges.map(({ low }) => low))), high: cents(sum(ranges.map(({ high }) => high))) }
      : undefined,
    stages,
    hosting,
    unknownPrices: [...new Set(types)].filter((type) => table[type] === undefined),
  };
}

interface Compute {
  instanceType: string | string[];
  maxRuntimeSeconds: number;
  count?: number;
  spot?: boolean;
}

function stageEstimate(
  stage: JobStage,
  compute: Compute,
  table: PriceTable,
  jobs: { least: number; most: number },
): StageEstimate {
  const { maxRuntimeSeconds, count = 1, spot = false } = compute;
  const places = placesOf(compute);
  const { instanceTypes } = places.at(-1)!;
  const hourly = hourlyOf(instanceTypes, count, table);
  const least = spot ? leastOnSpot(instanceTypes, count, table) : hourly?.low;
  const usd = hourly &&
    least !== undefined && {
      low: cents((jobs.least * least * Math.min(maxRuntimeSeconds, LEAST_SECONDS)) / 3600),
      high: cents((jobs.most * hourly.high * maxRuntimeSeconds) / 3600),
    };
  return { stage, instanceTypes, count, spot, jobs: jobs.most, ...(usd ? { usd } : {}) };
}

/** A search is as many jobs as it has trials. */
const jobsOf = (spec: FineTuneSpec, stage: JobStage): { least: number; most: number } =>
  STAGES[stage].as === 'tuning' && spec.tune
    ? { least: leastTrials(spec.tune), most: plannedTrialsOf({ ...spec, tune: spec.tune }) }
    : { least: 1, most: 1 };

/** Rules that end a search early may let the first trials be all. */
const leastTrials = (tune: Tune): number => {
  const { target, notImproving, converged, maxSeconds } = tune.stop;
  const mayEndEarly = target !== undefined || notImproving !== undefined || converged || maxSeconds !== undefined;
  return mayEndEarly ? parallelTrialsOf(tune) : tune.trials;
};

function hostingEstimate(
  { instanceType, instanceCount: count, autoscaling }: Exclude<FineTuneSpec['deploy'], false>,
  table: PriceTable,
): HostingEstimate {
  const least = autoscaling?.minInstances ?? count;
  const types = typesOf(instanceType);
  const hourly = hourlyOf(types, least, table);
  return {
    instanceType: types.join(' or '),
    count: least,
    ...(hourly && perHour(hourly.high)),
    ...(hourly && hourly.low < hourly.high ? { least: perHour(hourly.low) } : {}),
  };
}

const perHour = (usdPerHour: number) => ({ usdPerHour, usdPerMonth: cents(usdPerHour * HOURS_A_MONTH) });

/** The instance types that an endpoint may have: none where nothing is deployed, and of a serverless one. */
export const hostingTypesOf = ({ deploy }: FineTuneSpec): readonly string[] =>
  deploy && !deploy.serverless ? typesOf(deploy.instanceType) : [];

/** USD an hour on demand, of the cheapest and of the dearest type; undefined where one is unknown. */
export function hourlyOf(instanceTypes: readonly string[], count: number, table: PriceTable): UsdRange | undefined {
  const prices = instanceTypes.map((type) => table[type]?.onDemand);
  if (!prices.every((price) => price !== undefined)) return undefined;
  return { low: Math.min(...prices) * count, high: Math.max(...prices) * count };
}

function leastOnSpot(instanceTypes: readonly string[], count: number, table: PriceTable): number | undefined {
  const prices = instanceTypes.map((type) => table[type] && (table[type].spot ?? table[type].onDemand * SPOT_AT_BEST));
  return prices.every((price) => price !== undefined) ? Math.min(...prices) * count : undefined;
}

/** The least that one job on these types costs. */
export function leastOf(
  { instanceTypes, spot }: { instanceTypes: readonly string[]; spot: boolean },
  count: number,
  maxRuntimeSeconds: number,
  table: PriceTable,
): number | undefined {
  const hourly = spot ? leastOnSpot(instanceTypes, count, table) : hourlyOf(instanceTypes, count, table)?.low;
  return hourly === undefined ? undefined : (hourly * Math.min(maxRuntimeSeconds, LEAST_SECONDS)) / 3600;
}

export interface Billed {
  instanceType: string;
  count?: number;
  /** Billable: SageMaker bills spot by fewer seconds at the on-demand price. */
  seconds?: number;
}

/** What a job has cost so far; undefined where it has run and its price is unknown. */
export function usdOf({ instanceType, count = 1, seconds = 0 }: Billed, table: PriceTable): number | undefined {
  if (seconds === 0) return 0;
  const hourly = hourlyOf([instanceType], count, table)?.low;
  return hourly === undefined ? undefined : (hourly * seconds) / 3600;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
const cents = (usd: number): number => Math.round(usd * 100) / 100;
