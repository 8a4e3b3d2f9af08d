/**
 * The records of a batch job: a request for each passage of a shard, and what came back for it. Records come back in any order,
 * each with its own id.
 * @module
 */
import { z } from 'zod';
import { readText } from '../../aws/s3.js';
import { batchOutputFile, type BatchOutputs, type BatchRound } from '../../run/batch.js';
import type { PassageToAsk, WrittenQuestion } from '../../run/questions.js';
import type { Questions } from '../../spec/questionsSchema.js';
import type { Tokens } from '../../spec/questions.js';
import { calling } from '../call.js';
import type { Deps } from '../deps.js';
import { judged, questionsIn } from './answers.js';
import { answerIn, batchInput } from './bedrock.js';
import type { ModelAnswer, ModelRequest } from './model.js';
import { judgeRequest, questionsRequest } from './prompt.js';

/** What has been asked about a passage already. */
export interface Begun extends Tokens {
  questions?: WrittenQuestion[];
  /** There is nothing to be heard of it: what has been answered is all. */
  complete: boolean;
  /** Of the answer to the first request, where it was not what was asked for. */
  fault?: 'malformed' | 'refused';
}

/** Eleven letters and digits, as long as Bedrock's own examples. */
const recordId = (shard: number, number: number): string =>
  `Q${String(shard).padStart(5, '0')}${String(number).padStart(5, '0')}`;

const numberIn = (id: string): number => Number(id.slice(6));

/** The lines of a shard's input, and how many. @param begun  of a judging round: what was written */
export function recordsOf(
  round: BatchRound,
  shard: number,
  passages: readonly PassageToAsk[],
  settings: Pick<Questions, 'language'>,
  examples: (passage: PassageToAsk) => string[],
  begun: ReadonlyMap<number, Begun>,
): { lines: string; count: number } {
  const asked = passages.flatMap((passage, number): [number, ModelRequest][] => {
    if (round === 'write') return [[number, questionsRequest(passage, settings, examples(passage))]];
    const { questions } = begun.get(number) ?? {};
    return questions ? [[number, judgeRequest(passage, questions)]] : [];
  });
  const lines = asked.map(([number, request]) => {
    return `${JSON.stringify({ recordId: recordId(shard, number), modelInput: batchInput(request) })}\n`;
  });
  return { lines: lines.join(''), count: lines.length };
}

const recordSchema = z.object({
  recordId: z.string(),
  modelOutput: z.unknown(),
});

/** By the passage's number in the shard. @param judges  whether questions want a verdict */
export async function begunIn(
  deps: Deps,
  outputs: BatchOutputs,
  shard: number,
  passages: readonly PassageToAsk[],
  judges: boolean,
): Promise<Map<number, Begun>> {
  const answersOf = (round: BatchRound) => answersIn(deps, outputs[round], shard);
  const [written, verdicts] = await Promise.all([answersOf('write'), answersOf('judge')]);
  const begun = new Map<number, Begun>();
  for (const [number, answer] of written) {
    const passage = passages[number];
    if (passage) begun.set(number, begunBy(passage, answer, verdicts.get(number), judges));
  }
  return begun;
}

function begunBy(
  { kinds }: PassageToAsk,
  { value, refused, inputTokens, outputTokens }: ModelAnswer,
  verdict: ModelAnswer | undefined,
  judges: boolean,
): Begun {
  const tokens = {
    inputTokens: inputTokens + (verdict?.inputTokens ?? 0),
    outputTokens: outputTokens + (verdict?.outputTokens ?? 0),
  };
  if (refused) return { ...tokens, fault: 'refused', complete: true };
  const questions = questionsIn(value, kinds);
  if (questions === undefined) return { ...tokens, fault: 'malformed', complete: false };
  if (!judges) return { ...tokens, questions, complete: true };
  // A model that will not judge is not asked again, as where it is asked singly.
  if (verdict?.refused) return { ...tokens, questions, complete: true };
  const told = verdict && judged(questions, verdict.value);
  return { ...tokens, questions: told ?? questions, complete: told !== undefined };
}

/** Without the records that failed: of them nothing is known. */
async function answersIn(deps: Deps, output: string | undefined, shard: number): Promise<Map<number, ModelAnswer>> {
  const answers = new Map<number, ModelAnswer>();
  if (output === undefined) return answers;
  const uri = batchOutputFile(output, shard);
  const text = (await calling(`reading ${uri}`, deps, () => readText(deps.s3, uri))) ?? '';
  for (const line of text.split('\n')) {
    const { data } = recordSchema.safeParse(parsed(line));
    if (typeof data?.modelOutput === 'object' && data.modelOutput !== null) {
      answers.set(numberIn(data.recordId), answerIn(data.modelOutput));
    }
  }
  return answers;
}

/** A line that was cut off, where a job was stopped, is no record. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
