/**
 * The files that one language writes and the other reads. Their JSON Schemas lie beside the spec's: Python's tests hold what it
 * writes to them.
 * @module
 */
import { z } from 'zod';
import { baseRecordSchema } from './base.js';
import { dataReportSchema } from './dataReport.js';
import { evaluationReportSchema, probesSchema } from './evaluation.js';
import { modelManifestSchema } from './modelPackage.js';
import { keptQuestionSchema, passageCountsSchema, passageToAskSchema, writtenSchema } from './questions.js';
import { trialsSchema } from './trials.js';

export const SHAPES = {
  'base-record': baseRecordSchema,
  'data-report': dataReportSchema,
  'evaluation-report': evaluationReportSchema,
  'kept-question': keptQuestionSchema,
  'model-manifest': modelManifestSchema,
  'passage-counts': passageCountsSchema,
  'passage-to-ask': passageToAskSchema,
  probes: probesSchema,
  trials: trialsSchema,
  'written-questions': writtenSchema,
} as const satisfies Record<string, z.ZodType>;

/** Of what is written: keys with a default are not required. */
export const shapeText = (shape: z.ZodType): string =>
  `${JSON.stringify(z.toJSONSchema(shape, { io: 'input', target: 'draft-2020-12' }), null, 2)}\n`;
