/**
 * What a run has spent, and what its budget leaves for the next step.
 * @module
 */
import { limitsWithin, type JobLimits } from '../../spec/budget.js';
import { hourlyOf, leastOf, usdOf, type PriceTable } from '../../spec/cost.js';
import { fail } from '../../spec/failures.js';
import { BATCH_PRICE, usdOfTokens, type TokenPrice } from '../../spec/questions.js';
import { placeInWords, type Place } from '../../spec/places.js';
import type { JobView } from '../../run/jobs.js';
import type { Cost } from '../../run/progress.js';

export class Spending {
  private accruedUsd = 0;
  /** Beside the jobs: a language model. */
  private besidesUsd = 0;
  private readonly known = new Set<string>();

  /**
   * @param maxUsd      without it there is no limit
   * @param tokenPrice  of the language model that is asked, where it is known
   */
  constructor(
    private readonly prices: PriceTable,
    private readonly maxUsd = Infinity,
    private readonly tokenPrice?: TokenPrice,
  ) {}

  /** What a job has cost so far; undefined where its price is unknown. */
  usdOf(job: JobView): number | undefined {
    if (job.kind === 'batch') return this.usdOfBatch(job);
    const usd = usdOf({ ...job, seconds: secondsOf(job) }, this.prices);
    return usd === undefined ? undefined : round(usd);
  }

  /** By the token: of what it has answered beside the jobs, once that has been read. */
  private usdOfBatch({ name, tokens, records }: JobView): number | undefined {
    if (this.known.has(name)) return 0;
    if (tokens === undefined) return records?.processed ? undefined : 0;
    const usd = usdOfTokens(tokens, this.tokenPrice);
    return usd === undefined ? undefined : round(BATCH_PRICE * usd);
  }

  /** What a batch job has answered has been read, and is paid by the token. */
  knows(batch: string): void {
    this.known.add(batch);
  }

  /** What is paid by the token, in all so far. */
  pays(usd: number): void {
    this.besidesUsd = usd;
  }

  sumOf(jobs: readonly JobView[]): Pick<Cost, 'accruedUsd' | 'unknownSoFar' | 'spotSavedUsd'> {
    const unknown = jobs.filter(({ usd }) => usd === undefined).map(({ instanceType }) => instanceType);
    this.accruedUsd = jobs.reduce((sum, { usd = 0 }) => sum + usd, this.besidesUsd);
    const saved = jobs.filter(({ spot }) => spot).map((job) => this.savedOn(job));
    return {
      accruedUsd: unknown.length > 0 && this.accruedUsd === 0 ? undefined : round(this.accruedUsd),
      unknownSoFar: unknown.length > 0 ? [...new Set(unknown)] : undefined,
      spotSavedUsd: saved.length > 0 ? round(saved.reduce((sum, usd) => sum + usd, 0)) : undefined,
    };
  }

  /**
   * How long a job may run on what is left.
   *
   * @throws BudgetReached when not even the least that the job costs is left
   */
  limitsFor(stage: string, place: Place, count: number, maxRuntimeSeconds: number): JobLimits {
    const hourly = hourlyOf(place.instanceTypes, count, this.prices);
    const least = leastOf(place, count, maxRuntimeSeconds, this.prices);
    // With a budget every price is known: preflight has seen to it.
    if (this.maxUsd === Infinity || hourly === undefined || least === undefined) return { maxRuntimeSeconds };
    this.assertLeft(least, `${stage} on ${placeInWords(place)}`);
    const spot = place.spot ? this.prices[place.instanceTypes[0]!]?.spot : undefined;
    return limitsWithin(
      this.maxUsd - this.accruedUsd,
      spot === undefined ? hourly.high : spot * count,
      maxRuntimeSeconds,
    );
  }

  /** @throws BudgetReached when less than the next step's least is left */
  assertLeft(leastUsd: number, step: string): void {
    if (this.accruedUsd + leastUsd <= this.maxUsd) return;
    throw fail(
      'BudgetReached',
      `${this.inWords()}, and the next step (${step}) costs at least $${leastUsd.toFixed(2)}`,
    );
  }

  /** "$1.20 of budget.maxUsd $1.25 are spent" */
  inWords(): string {
    return `$${this.accruedUsd.toFixed(2)} of budget.maxUsd $${this.maxUsd} are spent`;
  }

  /** Spot is billed by fewer seconds at the same price. */
  private savedOn({ trainingSeconds = 0, seconds = 0, ...job }: JobView): number {
    return usdOf({ ...job, seconds: Math.max(0, trainingSeconds - seconds) }, this.prices) ?? 0;
  }
}

/** Of a tuning job, the sum over the trials that are known. */
const secondsOf = ({ seconds, trials }: JobView): number | undefined =>
  seconds ?? trials?.shown.reduce((sum, trial) => sum + (trial.seconds ?? 0), 0);

const round = (usd: number): number => Math.round(usd * 10_000) / 10_000;
