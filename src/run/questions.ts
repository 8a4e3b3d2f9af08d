/**
 * What lies between the job that chooses passages, the activities that ask a language model, and the job that takes its questions.
 * @module
 */
import { z } from 'zod';
import type { Tokens } from '../spec/questions.js';
import { QUESTION_KINDS } from '../spec/questionsSchema.js';
import { filesOf } from './files.js';
import type { Run } from './run.js';
import { grouped } from './numbers.js';

const whole = z.int().min(0);
const kind = z.enum(QUESTION_KINDS);

/** questions/passages/counts.json, as the job writes it. */
export const passageCountsSchema = z
  .object({
    version: z.literal(1),
    shards: whole.describe('0000.jsonl and so on, beside this file'),
    passages: whole.describe('Chosen: in all shards together'),
    of: whole.describe('Passages that the documents have'),
    documents: whole.describe('Documents of which a passage is chosen'),
    ofDocuments: whole,
  })
  .meta({ title: 'questions/passages/counts.json' });
export type PassageCounts = z.infer<typeof passageCountsSchema>;

/** A line of a shard of passages. */
export const passageToAskSchema = z
  .object({
    id: z.string().min(1),
    title: z.string(),
    text: z.string().min(1),
    kinds: z.array(kind).min(1).describe('A question of each is asked for'),
  })
  .meta({ title: 'a line of questions/passages/NNNN.jsonl' });
export type PassageToAsk = z.infer<typeof passageToAskSchema>;

const writtenQuestionSchema = z.object({
  kind,
  question: z.string(),
  answerable: z.boolean().optional().describe('Whether the model, asked again, found the answer in the passage'),
});
export type WrittenQuestion = z.infer<typeof writtenQuestionSchema>;

/** A line of a shard of questions: what the model made of one passage. */
export const writtenSchema = z
  .object({
    id: z.string().min(1).describe('Of the passage'),
    questions: z.array(writtenQuestionSchema),
    fault: z
      .enum(['malformed', 'refused'])
      .optional()
      .describe('Why there are none: no answer of the form that was asked for, twice; or the model would not answer'),
    inputTokens: whole,
    outputTokens: whole,
  })
  .meta({ title: 'a line of questions/shards/NNNN.jsonl' });
export type Written = z.infer<typeof writtenSchema>;

export const shardName = (index: number): string => String(index).padStart(4, '0');

/** Of one shard: what is shown to the model, what it wrote, and what of that is there already while the shard is not whole. */
export function shardFilesOf(run: Pick<Run, 'folder'>, index: number) {
  const { questions, passagesToAsk, questionShards } = filesOf(run);
  const name = shardName(index);
  return {
    passages: `${passagesToAsk}${name}.jsonl`,
    written: `${questionShards}${name}.jsonl`,
    parts: `${questions}parts/${name}/`,
  };
}

export const countsFile = (run: Pick<Run, 'folder'>): string => `${filesOf(run).passagesToAsk}counts.json`;

/** A question that prepare took. */
export const keptQuestionSchema = z
  .object({
    id: z.string(),
    query: z.string(),
    document: z.string().describe('The passage, its title before it'),
    group: z.string().describe('The document'),
    kind,
    origin: z.literal('model').optional().describe('Of all that no person has accepted yet; older files lack it'),
  })
  .meta({ title: 'a line of data/questions/kept.jsonl' });
export type KeptQuestion = z.infer<typeof keptQuestionSchema>;

/** How far the questions are, and what they have taken. */
export interface QuestionsView {
  model: string;
  /** Passages that were asked about, of those that are to be. */
  passages: number;
  of: number;
  questions: number;
  /** Passages without an answer of the form that was asked for, or with none. */
  faults: number;
  inputTokens: number;
  outputTokens: number;
  /** Of batch jobs, beside those: at half the price. */
  inBatch?: Tokens;
  /** Absent where the model's price is not known. */
  usd?: number;
}

/** "120 of 400 passages, 236 questions, 61,000 tokens, $0.01" */
export function questionsInWords(view: QuestionsView): string {
  const { passages, of, questions, faults, inputTokens, outputTokens, inBatch, usd } = view;
  const failed = faults === 0 ? [] : [`${faults} passages without an answer`];
  const halfPrice = inBatch ? inBatch.inputTokens + inBatch.outputTokens : 0;
  const all = inputTokens + outputTokens + halfPrice;
  const tokens = `${grouped(all)} tokens${halfPrice > 0 ? `, ${grouped(halfPrice)} of them in a batch` : ''}`;
  const price = usd === undefined ? [] : [`$${usd.toFixed(2)}`];
  return [`${passages} of ${of} passages`, `${questions} questions`, ...failed, tokens, ...price].join(', ');
}
