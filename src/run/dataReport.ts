/**
 * data/report.json: what prepare made of the data.
 * @module
 */
import { z } from 'zod';

const count = z.int().min(0);
const heldOutSchema = z.object({ questions: count.optional(), groups: count.optional() });

/** As far as a run relies on it; for people it says more. */
export const dataReportSchema = z
  .object({
    version: z.literal(1),
    counts: z.object({
      train: z.object({ pairs: count, questions: count.optional() }),
      dev: heldOutSchema.optional(),
      test: heldOutSchema.optional(),
    }),
  })
  .meta({ title: 'data/report.json' });

/** What an evaluation would ask, as far as that is known. */
export interface Counted {
  /** Test questions. */
  questions?: number;
  /** Of so many in all. */
  of?: number;
  /** Of the test questions. */
  groups?: number;
  /** Questions of each guard set at most, by its name: of those that must not be inconclusive. */
  guards?: Record<string, number>;
}
