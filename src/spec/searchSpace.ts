/**
 * What a tuning job searches: the spec's own ranges, or ranges that have proven good.
 * @module
 */
import { knownBase } from './bases.js';
import type { FineTuneSpec } from './schema.js';

export type Tune = NonNullable<FineTuneSpec['tune']>;
export type SearchSpace = NonNullable<Tune['parameters']>;
export type TunedName = keyof SearchSpace;
export type Range = NonNullable<SearchSpace[TunedName]>;

/** All that can be searched. `whole`: counted things, whose ranges are of whole numbers. A forgotten one does not compile. */
export const TUNED = {
  learningRate: { whole: false },
  epochs: { whole: true },
  batchSize: { whole: true },
  scale: { whole: false },
  warmup: { whole: false },
  weightDecay: { whole: false },
  hardnessStrength: { whole: false },
} as const satisfies Record<TunedName, { whole: boolean }>;

export const rangesIn = (space: SearchSpace): [TunedName, Range][] =>
  Object.entries(space).filter(([, range]) => range !== undefined) as [TunedName, Range][];

/**
 * Temperature and hardness have two or three settings worth a trial; warm-up and decay stay as `train` has them.
 *
 * @param trainPairs  how many there are, once the data is prepared; the batch is kept small enough for twenty steps an epoch
 */
export function searchSpaceOf({ tune, base, train }: SearchedSpec, trainPairs?: number): SearchSpace {
  if (tune?.parameters) return tune.parameters;
  return {
    learningRate: { ...learningRatesFor(base), scaling: 'logarithmic' },
    // Hyperband stops trials between epochs: it has to know how many there are.
    ...(tune?.strategy === 'hyperband' ? {} : { epochs: { min: 1, max: 4, scaling: 'auto' as const } }),
    ...batchSizesFor(Math.min(train.maxPairs ?? Infinity, trainPairs ?? Infinity)),
    scale: { values: [20, 50] },
    hardnessStrength: { values: [0, 5, 9] },
  };
}

type SearchedSpec = Pick<FineTuneSpec, 'tune' | 'base' | 'train'>;

/** Larger models want smaller steps. Each range goes on beyond the rate that training takes where none is set. */
function learningRatesFor(base: string): { min: number; max: number } {
  const { dimensions = 768 } = knownBase(base) ?? {};
  if (dimensions <= 384) return { min: 2e-5, max: 6e-4 };
  return dimensions <= 768 ? { min: 1e-5, max: 3e-4 } : { min: 4e-6, max: 1.2e-4 };
}

const BATCH_SIZES = [16, 32, 64, 128, 256, 512];
const STEPS_AN_EPOCH = 20;

/** The four largest that leave enough steps; none where only one would: that one is `train`'s. */
function batchSizesFor(pairs: number): Pick<SearchSpace, 'batchSize'> {
  const known = Number.isFinite(pairs);
  const values = BATCH_SIZES.filter((size) => size * STEPS_AN_EPOCH <= (known ? pairs : 5000)).slice(-4);
  return values.length < 2 ? {} : { batchSize: { values } };
}

/** How many different trials a space holds; infinite where a range is continuous. */
export function combinationsOf(space: SearchSpace): number {
  return rangesIn(space)
    .map(([name, range]) =>
      'values' in range ? range.values.length : TUNED[name].whole ? range.max - range.min + 1 : Infinity,
    )
    .reduce((product, count) => product * count, 1);
}

/** Trials at once. */
export const parallelTrialsOf = ({ trials, parallel }: Pick<Tune, 'trials' | 'parallel'>): number =>
  parallel ?? Math.min(2, trials);

/** Trials at most. A grid has as many as combinations. */
export const plannedTrialsOf = (spec: SearchedSpec & { tune: Tune }): number =>
  spec.tune.strategy === 'grid' ? combinationsOf(searchSpaceOf(spec)) : spec.tune.trials;

/** SageMaker's own limit. */
const MOST_SECONDS = 30 * 24 * 3600;

/** By the clock: one round of trials after the other, each up to its limit. */
export function longestSearchSeconds(spec: FineTuneSpec & { tune: Tune }): number {
  const { tune, compute } = spec;
  const rounds = Math.ceil(plannedTrialsOf(spec) / parallelTrialsOf(tune));
  return Math.min(tune.stop.maxSeconds ?? MOST_SECONDS, rounds * compute.train.maxRuntimeSeconds, MOST_SECONDS);
}
