/**
 * What a person asks for to have texts embedded: where they lie, by which model, where the vectors go. The jobs read it as a spec
 * that has a corpus and no questions.
 * @module
 */
import { z } from 'zod';
import { DATA_SHAPES } from './dataForms.js';
import { KINDS, type EmbedSpec } from './embedSettings.js';
import { problemsBySchema } from './parse.js';
import { problem, type Problem } from './problem.js';
import { localSourcesOf, problemsOf } from './rules/index.js';
import {
  budgetSchema,
  columnsSchema,
  encryptionSchema,
  fineTuneSpecSchema,
  networkSchema,
  pricesSchema,
  shortName,
  source,
  stageCompute,
  timingsSchema,
} from './schema.js';
import { claimsS3, folderOf, parseS3Uri } from './sources.js';

export const embeddingSchema = z.strictObject({
  apiVersion: z.literal('attune/v1').describe('The form of this request'),
  name: shortName(40).describe('Names it in lists, tags and its S3 folder'),
  input: source.describe('Rows of {"id", "text", "title"?}: JSON Lines, CSV, TSV or Parquet; a file or a folder'),
  output: z.string().min(1).max(1024).describe('S3 prefix for the vectors, which nothing else lies in'),
  model: source.optional().describe('S3 URI of the model.tar.gz that a job embeds with'),
  endpoint: z
    .string()
    .regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/, 'letters, digits and inner hyphens, at most 63')
    .optional()
    .describe('The endpoint that is asked, in the place of a job with a model'),
  kind: z
    .enum(KINDS)
    .default('document')
    .describe('What the texts are: the model puts its prompt for them before each'),
  dimensions: z.int().min(8).optional().describe("To which vectors are cut. Default: the model's own size"),
  columns: columnsSchema.pick({ id: true, text: true, title: true }).optional().describe('Names of your own'),
  instances: z.int().min(1).max(64).default(1).describe('That share the shards; one where an endpoint embeds'),
  compute: stageCompute({ instanceType: 'ml.m5.xlarge', volumeGb: 50, maxRuntimeSeconds: 24 * 3600 }).prefault({}),
  network: networkSchema.prefault({}),
  encryption: encryptionSchema.prefault({}),
  budget: budgetSchema.optional(),
  prices: pricesSchema.optional(),
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).default({}),
  timings: timingsSchema.prefault({}),
});
export type EmbeddingInput = z.input<typeof embeddingSchema>;
type Embedding = z.output<typeof embeddingSchema>;

export type ParsedEmbedding = { ok: true; spec: EmbedSpec } | { ok: false; problems: Problem[] };

/**
 * Checks and completes a request. Never throws.
 *
 * @param sources  `s3`: a local path is a problem too, as it is for a worker
 */
export function parseEmbedding(raw: unknown, { sources = 'any' }: { sources?: 'any' | 's3' } = {}): ParsedEmbedding {
  const parsed = embeddingSchema.safeParse(raw);
  if (!parsed.success) return { ok: false, problems: problemsBySchema(parsed.error, raw, embeddingSchema) };
  const spec = specOf(parsed.data);
  const problems = [...beyondTheSchema(parsed.data), ...problemsOfSpec(spec, sources)];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, spec };
}

function specOf({
  input,
  output,
  endpoint,
  kind,
  dimensions,
  columns,
  instances,
  compute,
  ...shared
}: Embedding): EmbedSpec {
  const data = { corpus: input, columns };
  const spec = fineTuneSpecSchema.parse({
    ...shared,
    data,
    compute: { evaluate: compute },
    deploy: false,
    reuse: false,
  });
  return { ...spec, embed: { output: folderOf(output), endpoint, kind, dimensions, instances } };
}

function beyondTheSchema({ input, output, model, endpoint, instances }: Embedding): Problem[] {
  return [
    ...((model === undefined) === (endpoint === undefined)
      ? [
          problem(
            model === undefined ? 'model' : 'endpoint',
            model === undefined ? null : endpoint,
            'a model or an endpoint, one of the two',
            'name the model.tar.gz that a job embeds with, or the endpoint that is asked',
          ),
        ]
      : []),
    ...(endpoint !== undefined && instances > 1
      ? [problem('instances', instances, '1: the endpoint embeds, and has its own', 'leave it out, or name a model')]
      : []),
    ...(parseS3Uri(output)?.key
      ? []
      : [
          problem(
            'output',
            output,
            's3://<bucket>/<prefix>, where the vectors go',
            'name a prefix in a bucket of yours',
          ),
        ]),
    ...(claimsS3(input) && overlap(folderOf(output), input)
      ? [
          problem(
            'output',
            output,
            'another place than the input: a job would read what it writes',
            'name another prefix',
          ),
        ]
      : []),
  ];
}

/** Whether one lies in the other. */
const overlap = (output: string, input: string): boolean =>
  output.startsWith(folderOf(input)) || input.startsWith(output) || folderOf(input) === output;

/** By the rules of all specs, as far as they are about what a request has; in its own words. */
function problemsOfSpec(spec: EmbedSpec, sources: 'any' | 's3'): Problem[] {
  return [...problemsOf(spec, {}), ...(sources === 's3' ? localSourcesOf(spec) : [])].flatMap(inItsWords);
}

/** A fault of a spec, by the request's own name for the field; none, where a request has no such field. */
export function inItsWords(fault: Problem): Problem[] {
  const field = FIELDS.reduce<string>((name, [from, to]) => name.replace(from, to), fault.field);
  return Object.hasOwn(embeddingSchema.shape, /^\w*/.exec(field)![0]) ? [{ ...fault, field }] : [];
}

const FIELDS: readonly [from: RegExp, to: string][] = [
  [/^compute\.evaluate\b/, 'compute'],
  [/^data\.corpus\b/, 'input'],
];

/** The endings of files that are read. */
export const INPUT_SUFFIXES = DATA_SHAPES.corpus.suffixes;
