/**
 * data/report.json: what prepare made of the data.
 * @module
 */
import { z } from 'zod';

/** As far as a run relies on it; for people it says more. */
export const dataReportSchema = z
  .object({
    version: z.literal(1),
    counts: z.object({ train: z.object({ pairs: z.int().min(0) }) }),
  })
  .meta({ title: 'data/report.json' });
