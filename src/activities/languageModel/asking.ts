/**
 * One passage, asked about: the questions, judged where that is wanted, and what they took.
 * @module
 */
import type { PassageToAsk, Written, WrittenQuestion } from '../../run/questions.js';
import type { Questions } from '../../spec/questionsSchema.js';
import { judged, questionsIn } from './answers.js';
import type { Begun } from './batchRecords.js';
import type { LanguageModel, ModelAnswer, ModelRequest } from './model.js';
import { judgeRequest, questionsRequest } from './prompt.js';

/** What is no answer of the form is asked for once more: the same model seldom fails twice. */
const TRIES = 2;

/** @param begun  what a batch job has answered: nothing of it is asked again, and its tokens are counted there */
export async function askAbout(
  model: LanguageModel,
  passage: PassageToAsk,
  settings: Pick<Questions, 'language' | 'judge'>,
  examples: readonly string[],
  signal: AbortSignal,
  begun?: Begun,
): Promise<Written> {
  const written: Written = { id: passage.id, questions: [], fault: begun?.fault, inputTokens: 0, outputTokens: 0 };

  /** @returns undefined where no try had an answer of the form */
  async function tried<T>(
    request: ModelRequest,
    read: (value: unknown) => T | undefined,
    tries = TRIES,
  ): Promise<T | undefined> {
    for (let left = tries; left > 0; left -= 1) {
      const answer: ModelAnswer = await model.ask(request, signal);
      written.inputTokens += answer.inputTokens;
      written.outputTokens += answer.outputTokens;
      const found = answer.refused ? undefined : read(answer.value);
      if (found !== undefined) return found;
      written.fault = answer.refused ? 'refused' : 'malformed';
      if (answer.refused) return undefined;
    }
    return undefined;
  }

  if (begun?.complete) return { ...written, questions: begun.questions ?? [] };
  const questions =
    begun?.questions ??
    (await tried(
      questionsRequest(passage, settings, examples),
      (value) => questionsIn(value, passage.kinds),
      begun?.fault === undefined ? TRIES : TRIES - 1,
    ));
  if (questions === undefined) return written;
  const verdicts: WrittenQuestion[] | undefined = settings.judge
    ? await tried(judgeRequest(passage, questions), (value) => judged(questions, value))
    : undefined;
  return { ...written, fault: undefined, questions: verdicts ?? questions };
}
