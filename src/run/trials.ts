/**
 * tuning/trials.json: what a search tried, kept for the evaluation's report and for people.
 * @module
 */
import { z } from 'zod';
import { trialViewSchema } from './jobs.js';

export const trialsSchema = z
  .object({
    version: z.literal(1),
    tuningJob: z.string(),
    objective: z.string().describe('The metric that was maximised'),
    best: z.string().optional().describe('Name of the best trial; absent where none has a score'),
    trials: z.array(trialViewSchema).describe('In the order of their start'),
  })
  .meta({ title: 'tuning/trials.json' });
export type Trials = z.infer<typeof trialsSchema>;
