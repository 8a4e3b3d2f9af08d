/**
 * A language model writes questions for passages, some shards at a time: each call comes back soon enough to be told of, and one
 * call asks about so many that a run's history stays short.
 * @module
 */
import type { BatchOutputs } from '../../run/batch.js';
import type { PassageCounts, PassageToAsk, Written } from '../../run/questions.js';
import type { Run } from '../../run/run.js';
import { modelIn } from '../../spec/questions.js';
import type { Questions } from '../../spec/questionsSchema.js';
import { alive, type Task } from '../alive.js';
import { now } from '../call.js';
import type { Deps } from '../deps.js';
import { secretFrom } from '../secret.js';
import { askAbout } from './asking.js';
import { createBatchActivities } from './batch.js';
import { begunIn } from './batchRecords.js';
import { bedrockModel } from './bedrock.js';
import { examplesOf } from './examples.js';
import type { LanguageModel } from './model.js';
import { openAiModel } from './openAi.js';
import { countsOf, Shard } from './shards.js';

export interface AskQuestions {
  run: Run;
  /** The first shard, from 0, and the one after the last. */
  from: number;
  to: number;
  /** What batch jobs have answered: the rest alone is asked for. */
  batch?: BatchOutputs;
}

/** What some shards hold, and what it took. */
export interface AskedQuestions {
  /** The next shard; fewer may be done than were asked for, so that a slow model's progress is seen. */
  next: number;
  passages: number;
  questions: number;
  faults: number;
  inputTokens: number;
  outputTokens: number;
}

/** How soon a cancel is heard: what is asked meanwhile is paid for. */
const HEARS_MS = 1_000;

/** A call that has lasted so long comes back with the shards that it has. */
const COMES_BACK_MS = 600_000;

export const createQuestionActivities = (deps: Deps) => ({
  /** @throws NotFound (final) where the job has left no passages */
  async countPassages({ run }: { run: Run }): Promise<PassageCounts & { calledAt: string }> {
    const calledAt = now();
    return { ...(await countsOf(deps, run)), calledAt };
  },

  /** Repeated, it asks about no passage again whose answer has been written. */
  askQuestions: (ask: AskQuestions): Promise<AskedQuestions> =>
    alive((task) => askQuestions(deps, ask, task), HEARS_MS),

  ...createBatchActivities(deps),
});

async function askQuestions(
  deps: Deps,
  { run, from, to, batch = {} }: AskQuestions,
  task: Task,
): Promise<AskedQuestions> {
  const questions = run.spec.data.questions!;
  const writer = {
    deps,
    run,
    questions,
    batch,
    model: await modelOf(deps, questions),
    examples: await examplesOf(deps, questions),
  };
  const asked = { next: from, passages: 0, questions: 0, faults: 0, inputTokens: 0, outputTokens: 0 };
  const since = Date.now();
  while (asked.next < to && (asked.next === from || Date.now() - since < COMES_BACK_MS)) {
    const written = await shardOf(writer, asked.next, task);
    asked.next += 1;
    for (const one of written) add(asked, one);
  }
  return asked;
}

function add(asked: AskedQuestions, { questions, fault, inputTokens, outputTokens }: Written): void {
  asked.passages += 1;
  asked.questions += questions.length;
  asked.faults += fault === undefined ? 0 : 1;
  asked.inputTokens += inputTokens;
  asked.outputTokens += outputTokens;
}

interface Writer {
  deps: Deps;
  run: Run;
  questions: Questions;
  batch: BatchOutputs;
  model: LanguageModel;
  examples: (passage: PassageToAsk) => string[];
}

async function shardOf(
  { deps, run, questions, batch, model, examples }: Writer,
  index: number,
  task: Task,
): Promise<Written[]> {
  const shard = new Shard(deps, run, index);
  const whole = await shard.written();
  if (whole) {
    // Whoever wrote it may have ended before its parts were gone.
    await shard.removeParts();
    return whole;
  }
  const passages = await shard.passages();
  const parts = await shard.parts();
  const begun = await begunIn(deps, batch, index, passages, questions.judge);
  const left = passages.flatMap((passage, number) => (parts.has(number) ? [] : [{ passage, number }]));

  // One that fails takes no more, and lets the others bring home what is paid for.
  let failed = false;
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next && !failed; next = left.shift()) {
      task.signal.throwIfAborted();
      const { passage, number } = next;
      try {
        const done = begun.get(number);
        const written = await askAbout(model, passage, questions, examples(passage), task.signal, done);
        // What a batch has answered lies in S3 already.
        if (!done?.complete) await shard.keepPart(number, written);
        parts.set(number, written);
      } catch (error) {
        failed = true;
        throw error;
      }
      task.progress = { shard: index, passages: parts.size, of: passages.length };
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: questions.parallel }, lane));
  const fault = lanes.find((one) => one.status === 'rejected');
  if (fault) throw fault.reason;
  const written = passages.map((_, number) => parts.get(number)!);
  await shard.keep(written);
  return written;
}

async function modelOf(deps: Deps, questions: Questions): Promise<LanguageModel> {
  const { provider, id } = modelIn(questions);
  if (provider === 'bedrock') return bedrockModel(deps, id);
  const { url, apiKey } = questions;
  return openAiModel(id, { url, apiKey: apiKey && (await secretFrom(deps, apiKey, 'data.questions.apiKey')) });
}
