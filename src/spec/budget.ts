/**
 * A limit on what a run may spend: what is refused before the start, and how long a job may then run.
 * @module
 */
import type { Estimate } from './cost.js';
import { problem, type Problem } from './problem.js';
import type { FineTuneSpec } from './schema.js';

/** Faults of a budget that only show once the region's prices are known. */
export function budgetProblems({ budget }: Pick<FineTuneSpec, 'budget'>, estimate: Estimate): Problem[] {
  if (!budget) return [];
  const { estimateUsd, hosting, questions } = estimate;
  const unknownPrices = estimate.unknownPrices.filter((one) => one !== questions?.model);
  const ofModel =
    questions && questions.usd === undefined
      ? [
          problem(
            'data.questions.price',
            `no price of ${questions.model}`,
            'a known price of the language model, because budget.maxUsd is set',
            "add price: {input: <USD>, output: <USD>}, by a million tokens; 0 for a server of one's own",
          ),
        ]
      : [];
  if (unknownPrices.length > 0) {
    const entries = unknownPrices.map((type) => `${type}: <USD>`).join(', ');
    return [
      ...ofModel,
      problem(
        'prices',
        `no price of ${unknownPrices.join(', ')}`,
        'a known price of every instance type, because budget.maxUsd is set',
        `add prices: {asOf: <date>, usdPerHour: {${entries}}}, or prices: ./prices.yaml, which attune prices update writes; or choose types with known prices`,
      ),
    ];
  }
  if (ofModel.length > 0) return ofModel;
  const hostingUsd = hosting?.least?.usdPerHour ?? hosting?.usdPerHour ?? 0;
  const least = round((estimateUsd?.low ?? 0) + hostingUsd);
  if (least <= budget.maxUsd) return [];
  const endpoint = hosting ? ` with the first hour of the endpoint ($${hostingUsd})` : '';
  return [
    problem(
      'budget.maxUsd',
      budget.maxUsd,
      `at least ${least}: the least that the jobs cost${endpoint}, at prices of ${estimate.pricesAsOf}`,
      'raise it, or choose cheaper instances, fewer of them, or fewer trials',
    ),
  ];
}

export interface JobLimits {
  maxRuntimeSeconds: number;
  /** Set where the budget ends the job before its own limit: when its script saves a checkpoint and stops. */
  stopAfterSeconds?: number;
}

/** To save a checkpoint, bring it to S3 and end, before SageMaker ends the job. */
const CLOSING_SECONDS = 300;

/** The limits of a job that may spend so much, at the price of the dearest type that it may run on. */
export function limitsWithin(leftUsd: number, usdPerHour: number, maxRuntimeSeconds: number): JobLimits {
  const affordable = Math.floor((leftUsd / usdPerHour) * 3600);
  if (affordable >= maxRuntimeSeconds) return { maxRuntimeSeconds };
  const closing = Math.min(CLOSING_SECONDS, Math.ceil(affordable / 10));
  return { maxRuntimeSeconds: Math.max(1, affordable), stopAfterSeconds: Math.max(1, affordable - closing) };
}

const round = (usd: number): number => Math.round(usd * 10_000) / 10_000;
