/**
 * The part of a spec that has a language model write questions for documents.
 * @module
 */
import { z } from 'zod';
import { referenceSchema } from './reference.js';

/** What a question may be like; the prompt and the job that deals them out to passages know the same. */
export const QUESTION_KINDS = ['keyword', 'howTo', 'comparison', 'problem', 'long'] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

const share = (what: string) => z.number().min(0).max(1).default(0).describe(`Share of ${what}`);

const kindsSchema = z
  .strictObject({
    keyword: share('a few words, as people type them into a search box'),
    howTo: share('questions of how something is done'),
    comparison: share('questions of how two things differ, or which one to take'),
    problem: share('what somebody sees who has a problem that the passage explains'),
    long: share('a sentence or two with the situation of whoever asks'),
  } satisfies Record<QuestionKind, z.ZodType>)
  .prefault({ keyword: 0.3, howTo: 0.3, comparison: 0.1, problem: 0.2, long: 0.1 });

const usdPerMillion = z.number().min(0);

export const questionsSchema = z.strictObject({
  model: z
    .string()
    .max(512)
    .regex(/^(bedrock|openai):[\w./:@+-]+$/, 'bedrock:<model or inference profile> or openai:<name>')
    .meta({ title: 'bedrock:<model or inference profile> or openai:<name>' })
    .describe('The language model: of Amazon Bedrock, or of any server that speaks as OpenAI does'),
  url: z
    .string()
    .max(1024)
    .optional()
    .describe("Of that server, up to and with /v1, as the worker reaches it. Default: OpenAI's own"),
  apiKey: referenceSchema('a key itself')
    .optional()
    .describe("Where the server's key lies; the worker's role resolves it. Default: none"),
  perPassage: z.int().min(1).max(10).default(2).describe('Questions asked for of each passage'),
  most: z
    .int()
    .min(1)
    .max(20_000)
    .default(2_000)
    .describe('Passages at most; where there are more, a sample that takes from every document'),
  examples: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe('Text file of real questions, one a line: they show the style, and are neither trained nor tested on'),
  kinds: kindsSchema.describe('Which questions, in shares of one another'),
  language: z
    .string()
    .min(2)
    .max(40)
    .regex(/^[\p{L} -]+$/u, 'a language, such as German')
    .optional()
    .describe("In which the questions are written, such as German. Default: each passage's own"),
  judge: z
    .boolean()
    .default(false)
    .describe('Whether the model is asked again if the passage answers its questions; it costs about as much again'),
  roundTrip: z
    .int()
    .min(0)
    .max(1_000)
    .default(20)
    .describe('A question is kept if BM25 or the base finds its own passage among so many first ones; 0: all are'),
  headings: z.boolean().default(false).describe('Whether headings become questions too'),
  parallel: z.int().min(1).max(64).default(4).describe('Requests that a run has in flight at once'),
  batch: z
    .enum(['never', 'auto', 'always'])
    .default('never')
    .describe(
      'Whether Bedrock is asked in a batch job, at half the price, which may take a day: always (where there are 100 passages at least), or auto: from 1,000 passages on',
    ),
  price: z
    .strictObject({
      input: usdPerMillion.describe('Of what the model reads'),
      output: usdPerMillion.describe('Of what it writes'),
    })
    .optional()
    .describe(
      'USD a million tokens, asked singly. Default: as listed for a few models of Bedrock; 0 for a server of this machine',
    ),
  seed: z.int().min(0).default(0).describe('Of the sample'),
});

export type Questions = z.output<typeof questionsSchema>;
