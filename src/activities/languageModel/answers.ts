/**
 * What of an answer is taken: a model may write anything.
 * @module
 */
import { z } from 'zod';
import type { WrittenQuestion } from '../../run/questions.js';
import type { QuestionKind } from '../../spec/questionsSchema.js';
import { MOST_QUESTION } from './prompt.js';

const answerSchema = z.object({ questions: z.array(z.object({ kind: z.unknown(), question: z.string() })) });
const verdictsSchema = z.object({ verdicts: z.array(z.object({ number: z.int(), answerable: z.boolean() })) });

/**
 * @param kinds  that were asked for, in their order; what the model calls something else is the one in its place
 * @returns      undefined where the answer is not of the form, or empty
 */
export function questionsIn(value: unknown, kinds: readonly QuestionKind[]): WrittenQuestion[] | undefined {
  const { data } = answerSchema.safeParse(value);
  const found = (data?.questions ?? []).slice(0, kinds.length).flatMap(({ kind, question }, i) => {
    const its = kinds.find((one) => one === kind) ?? kinds[i]!;
    const text = cleaned(ONE_SENTENCE.has(its) ? question.replace(ANSWERED, '$1') : question);
    return text === '' ? [] : [{ kind: its, question: text }];
  });
  return found.length > 0 ? found : undefined;
}

/** What the model does not judge stays unjudged. */
export function judged(questions: readonly WrittenQuestion[], value: unknown): WrittenQuestion[] | undefined {
  const { data } = verdictsSchema.safeParse(value);
  if (data === undefined) return undefined;
  const verdicts = new Map(data.verdicts.map(({ number, answerable }) => [number, answerable]));
  return questions.map((one, i) => ({ ...one, answerable: verdicts.get(i + 1) }));
}

/** Kinds that are one question; the others may tell a situation around it. */
const ONE_SENTENCE: ReadonlySet<QuestionKind> = new Set(['keyword', 'howTo', 'comparison']);
/** Such a question, and what a small model writes on after it: the answer, or the next question. */
const ANSWERED = /^(.*?[^\s?？؟](?:？|[?؟](?=\s))).*$/su;

/** One line without control characters and marks of direction. Joiners stay: some scripts are not written without. */
const cleaned = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
    .slice(0, MOST_QUESTION + 1);
