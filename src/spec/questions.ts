/**
 * What a language model is asked for, and what that is likely to cost.
 * @module
 */
import type { Questions } from './questionsSchema.js';
import type { FineTuneSpec } from './schema.js';

/** USD a million tokens. */
export type TokenPrice = NonNullable<Questions['price']>;

export interface Tokens {
  inputTokens: number;
  outputTokens: number;
}

/** On demand, in the regions of the United States. Source: AWS's pricing page of Bedrock, as noted in 2025-01. */
const LISTED: Record<string, TokenPrice> = {
  'amazon.nova-micro-v1:0': { input: 0.035, output: 0.14 },
  'amazon.nova-lite-v1:0': { input: 0.06, output: 0.24 },
  'amazon.nova-pro-v1:0': { input: 0.8, output: 3.2 },
  'anthropic.claude-3-haiku-20240307-v1:0': { input: 0.25, output: 1.25 },
};
const LISTED_IN = /^us-(east|west)-\d$/;
/** "bedrock:amazon.nova-lite-v1:0" → its two parts. */
export function modelIn({ model }: Pick<Questions, 'model'>): { provider: 'bedrock' | 'openai'; id: string } {
  const at = model.indexOf(':');
  return { provider: model.slice(0, at) as 'bedrock' | 'openai', id: model.slice(at + 1) };
}

/** Undefined where it is not known: never taken for zero. */
export function tokenPriceOf(questions: Questions, region: string): TokenPrice | undefined {
  if (questions.price) return questions.price;
  const { provider, id } = modelIn(questions);
  if (provider === 'openai') return isOfThisMachine(questions.url) ? { input: 0, output: 0 } : undefined;
  // An inference profile is its model's id behind the name of a region's group.
  const listed = LISTED[id.replace(/^us\./, '')];
  return LISTED_IN.test(region) ? listed : undefined;
}

function isOfThisMachine(url?: string): boolean {
  try {
    return url !== undefined && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
  } catch {
    return false; // a rule refuses it
  }
}

/** Of the price of single requests. Source: AWS's pricing page of Bedrock, "Batch". */
export const BATCH_PRICE = 0.5;

export const usdOfTokens = ({ inputTokens, outputTokens }: Tokens, price: TokenPrice | undefined): number | undefined =>
  price && (inputTokens * price.input + outputTokens * price.output) / 1e6;

/** @param inBatch  of batch jobs, beside the others */
export function usdOfQuestions(
  { inBatch, ...singly }: Tokens & { inBatch?: Tokens },
  price: TokenPrice | undefined,
): number | undefined {
  const [usd, batchUsd] = [singly, inBatch ?? { inputTokens: 0, outputTokens: 0 }].map((one) =>
    usdOfTokens(one, price),
  );
  return usd === undefined || batchUsd === undefined ? undefined : usd + BATCH_PRICE * batchUsd;
}

/** The instructions with what is shown and a few examples, and a passage with its title. Measured on English: 1.3 tokens a word. */
const INSTRUCTION_TOKENS = 1_000;
const QUESTION_TOKENS = 45;

/** What so many passages take at most, as far as lengths can be told beforehand. */
export function expectedTokens({ data, train }: Pick<FineTuneSpec, 'data' | 'train'>, passages: number): Tokens {
  const { perPassage, judge } = data.questions!;
  // Tokenizers differ: the model's may cut a passage into half as many again as the base's.
  const read = INSTRUCTION_TOKENS + 1.5 * train.maxSeqLength;
  const written = perPassage * QUESTION_TOKENS;
  return {
    inputTokens: passages * (read + (judge ? read + written : 0)),
    outputTokens: passages * (written + (judge ? perPassage * 12 : 0)),
  };
}
