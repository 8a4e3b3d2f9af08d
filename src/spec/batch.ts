/**
 * When a language model is asked in a batch job of Amazon Bedrock, at half the price and in its own time.
 * @module
 */
import { BATCH_PRICE, expectedTokens, modelIn, usdOfTokens, type TokenPrice } from './questions.js';
import type { Questions } from './questionsSchema.js';
import type { FineTuneSpec } from './schema.js';

/**
 * AWS's default of the quota "Minimum number of records per batch inference job", for each model: a job of fewer fails.
 * Source: docs.aws.amazon.com/general/latest/gr/bedrock.html, as noted in 2026-11.
 */
export const FEWEST_RECORDS = 100;

/** Passages from which on `auto` waits for a batch job: of fewer, half the price is cents, and the queue may take a day. */
export const AUTO_PASSAGES = 1_000;

/** Whether so many passages are asked about in a batch. What fails there is asked about one by one. */
export function asksInBatch(questions: Questions, passages: number): boolean {
  // A run that an earlier version has begun says nothing of it.
  const { batch = 'never' } = questions;
  if (batch === 'never' || modelIn(questions).provider !== 'bedrock') return false;
  return passages >= fewestInBatch({ ...questions, batch });
}

/** From how many passages on. */
export const fewestInBatch = ({ batch }: Pick<Questions, 'batch'>): number =>
  batch === 'auto' ? AUTO_PASSAGES : FEWEST_RECORDS;

/** What so many passages cost at most, as they are asked about; undefined where the price is not known. */
export function expectedUsd(
  spec: Pick<FineTuneSpec, 'data' | 'train'>,
  passages: number,
  price: TokenPrice | undefined,
): number | undefined {
  const usd = usdOfTokens(expectedTokens(spec, passages), price);
  return usd === undefined || !asksInBatch(spec.data.questions!, passages) ? usd : usd * BATCH_PRICE;
}

/** What CreateModelInvocationJob takes: a model's id, a profile, or the ARN of one of these. */
const BATCHED =
  /^(?!arn:)|^arn:[\w-]+:bedrock:[\w-]+:\d*:(foundation-model|inference-profile|application-inference-profile|custom-model)\//;

export const mayBeBatched = (questions: Pick<Questions, 'model'>): boolean => BATCHED.test(modelIn(questions).id);
