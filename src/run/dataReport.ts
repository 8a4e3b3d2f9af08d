/**
 * data/report.json: what prepare made of the data.
 * @module
 */
import { z } from 'zod';
import { originsSchema } from './evaluation.js';
import type { Origins } from './origins.js';

const count = z.int().min(0);
const heldOutSchema = z.object({
  questions: count.optional(),
  groups: count.optional(),
  origins: originsSchema.optional(),
});

const setAsideSchema = z
  .object({
    reason: z.string(),
    count,
    examples: z.array(z.string()).describe('At most five: texts of the data, or places in it'),
  })
  .describe('What was left out, merged, cut or ignored, by reason');
export type SetAside = z.infer<typeof setAsideSchema>;

/** As far as a run relies on it; for people it says more. */
export const dataReportSchema = z
  .object({
    version: z.literal(1),
    counts: z.object({
      train: z.object({ pairs: count, questions: count.optional() }),
      dev: heldOutSchema.optional(),
      test: heldOutSchema.optional(),
    }),
    setAside: z.array(setAsideSchema).default([]),
  })
  .meta({ title: 'data/report.json' });

/** What an evaluation would ask, as far as that is known. */
export interface Counted {
  /** Test questions. */
  questions?: number;
  /** Where those come from. Absent: from people, as far as is known. */
  origins?: Origins;
  /** Of so many in all. */
  of?: number;
  /** Of the test questions. */
  groups?: number;
  /** Questions of each guard set at most, by its name: of those that must not be inconclusive. */
  guards?: Record<string, number>;
}
