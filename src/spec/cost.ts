/**
 * What a run is likely to cost, from prices that are known; and what a job has cost. An unknown price stays unknown: it is
 * never taken for zero.
 * @module
 */
import { millions, operationsOf, OVERHEAD_SECONDS, speedOf } from './encoderWork.js';
import type { FineTuneSpec } from './schema.js';
import { typesOf } from './instances.js';
import { placesOf } from './places.js';
import { parallelTrialsOf, plannedTrialsOf, type Tune } from './searchSpace.js';
import { asksInBatch, expectedUsd, fewestInBatch } from './batch.js';
import { tokenPriceOf } from './questions.js';
import { computeOf, countOf, jobStagesOf, STAGES, type JobStage } from './stages.js';

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
  /** With an index: the endpoint before, which stands as long after each switch. */
  kept?: { seconds: number; usd?: number };
}

export interface QuestionsEstimate {
  model: string;
  /** At most. */
  passages: number;
  /** So many are asked about in a batch, at half the price. */
  inBatch?: true;
  /** Of the model alone; absent where its price is not known. */
  usd?: UsdRange;
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
  /** Where a language model writes questions. */
  questions?: QuestionsEstimate;
  /** Absent where nothing is deployed, and for serverless endpoints, which are paid by the request. */
  hosting?: HostingEstimate;
  /** Instance types of the run, and its language model, whose price is not known. */
  unknownPrices: string[];
}

/** The least that a job takes: instances start, data comes in, something is done, results go out. */
const LEAST_SECONDS = 600;
/** AWS: managed spot training saves up to 90 %. */
const SPOT_AT_BEST = 0.1;
const HOURS_A_MONTH = 730;

export interface Estimated {
  /** Of all passages that an index holds. Absent: their sizes are not known. */
  indexTokens?: number;
  /** Default: all that a run of the spec has. */
  stages?: readonly JobStage[];
}

export function estimateOf(
  spec: FineTuneSpec,
  { asOf, table, region = '' }: { asOf: string; table: PriceTable; region?: string },
  { indexTokens, stages: wanted = jobStagesOf(spec) }: Estimated = {},
): Estimate {
  const { deploy } = spec;
  const stages = wanted.map((stage) => {
    const compute = { ...computeOf(spec, stage), count: countOf(spec, stage) };
    const one = stageEstimate(stage, compute, table, jobsOf(spec, stage));
    return stage === 'index' && indexTokens !== undefined ? embedding(spec, one, indexTokens, table) : one;
  });
  const hosting =
    deploy && !deploy.serverless && spec.bases === undefined ? hostingEstimate(deploy, table, spec.index) : undefined;
  const types = [...stages.flatMap(({ instanceTypes }) => instanceTypes), ...(hosting ? hostingTypesOf(spec) : [])];
  const questions = wanted.includes('questions') ? questionsEstimate(spec, region) : undefined;
  const ranges = [...stages.map(({ usd }) => usd), ...(questions ? [questions.usd] : [])];
  const known = ranges.every((usd) => usd !== undefined);
  return {
    pricesAsOf: asOf,
    estimateUsd: known
      ? { low: cents(sum(ranges.map(({ low }) => low))), high: cents(sum(ranges.map(({ high }) => high))) }
      : undefined,
    stages,
    questions,
    hosting,
    unknownPrices: [
      ...[...new Set(types)].filter((type) => table[type] === undefined),
      ...(questions && questions.usd === undefined ? [questions.model] : []),
    ],
  };
}

/** How many passages there are shows once they are cut: one at least. */
function questionsEstimate(spec: FineTuneSpec, region: string): QuestionsEstimate | undefined {
  const { questions } = spec.data;
  if (questions === undefined) return undefined;
  const { model, most } = questions;
  const price = tokenPriceOf(questions, region);
  const usdOf = (passages: number) => expectedUsd(spec, passages, price);
  // So few that they are asked about singly may cost more than all of them in a batch.
  const [low, singly, all] = [1, Math.min(most, fewestInBatch(questions) - 1), most].map(usdOf);
  const high = singly === undefined || all === undefined ? undefined : Math.max(singly, all);
  const usd = low === undefined || high === undefined ? undefined : { low: cents(low), high: cents(high) };
  return { model, passages: most, ...(asksInBatch(questions, most) && { inBatch: true }), ...(usd ? { usd } : {}) };
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

/** By the tokens of all passages, on the first of the types; where its speed is not known, they are told all the same. */
function embedding(spec: FineTuneSpec, one: StageEstimate, tokens: number, table: PriceTable): StageEstimate {
  const [instanceType = ''] = one.instanceTypes;
  const [operations, speed] = [operationsOf(spec.base), speedOf(instanceType)];
  const all = `about ${millions(tokens)} million tokens`;
  if (operations === undefined || speed === undefined) return { ...one, why: `${instanceType}: ${all}` };
  const seconds = OVERHEAD_SECONDS + (operations * tokens) / speed / one.count;
  const why = `${instanceType}: ${all} take about ${Math.ceil(seconds / 60)} min`;
  const usd = usdOf({ instanceType, count: one.count, seconds }, table);
  if (one.usd === undefined || usd === undefined) return { ...one, why };
  const low = Math.max(one.usd.low, cents(usd));
  return { ...one, usd: { low, high: Math.max(low, one.usd.high) }, why };
}

/** A search is as many jobs as it has trials. */
const jobsOf = (spec: FineTuneSpec, stage: JobStage): { least: number; most: number } =>
  STAGES[stage].as === 'tuning' && spec.tune
    ? { least: leastTrials(spec.tune), most: plannedTrialsOf({ ...spec, tune: spec.tune }) }
    : evaluationsOf(spec, stage);

/** One for each base that is compared. */
function evaluationsOf({ bases }: FineTuneSpec, stage: JobStage): { least: number; most: number } {
  const jobs = stage === 'evaluate' ? (bases?.length ?? 1) : 1;
  return { least: jobs, most: jobs };
}

/** Rules that end a search early may let the first trials be all. */
const leastTrials = (tune: Tune): number => {
  const { target, notImproving, converged, maxSeconds } = tune.stop;
  const mayEndEarly = target !== undefined || notImproving !== undefined || converged || maxSeconds !== undefined;
  return mayEndEarly ? parallelTrialsOf(tune) : tune.trials;
};

function hostingEstimate(
  { instanceType, instanceCount: count, autoscaling }: Exclude<FineTuneSpec['deploy'], false>,
  table: PriceTable,
  index: FineTuneSpec['index'],
): HostingEstimate {
  const least = autoscaling?.minInstances ?? count;
  const types = typesOf(instanceType);
  const hourly = hourlyOf(types, least, table);
  return {
    instanceType: types.join(' or '),
    count: least,
    ...(hourly && perHour(hourly.high)),
    ...(hourly && hourly.low < hourly.high ? { least: perHour(hourly.low) } : {}),
    ...(index && {
      kept: { seconds: index.keepSeconds, ...(hourly && { usd: forSeconds(hourly.high, index.keepSeconds) }) },
    }),
  };
}

const forSeconds = (usdPerHour: number, seconds: number): number => cents((usdPerHour * seconds) / 3600);

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
