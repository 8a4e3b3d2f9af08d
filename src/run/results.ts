/**
 * What the job of a stage has left, and how a later run finds it that asks for the same.
 * @module
 */
import { z } from 'zod';
import { JOB_STAGES, type JobStage } from '../spec/stages.js';
import { prefixOf } from './records.js';
import type { Run } from './run.js';

const objectSchema = z.object({
  path: z.string().min(1).describe('Below the folder'),
  bytes: z.int().min(0),
  eTag: z
    .string()
    .optional()
    .describe('Absent where the object may change: the page, into which decisions are written'),
});

/** Of each stage's job one in the run's folder, and the same once more in the index. */
export const resultSchema = z.object({
  version: z.literal(1),
  stage: z.enum(JOB_STAGES as [JobStage, ...JobStage[]]),
  /** Of the request, by content: who asks for the same finds this. */
  digest: z.string(),
  /** Run whose job made it. */
  workflowId: z.string(),
  /** S3 URI of the run's folder in which the objects lie. */
  folder: z.string(),
  at: z.string(),
  /** The job; of a search also its best trial. */
  job: z.string(),
  trial: z.string().optional(),
  objects: z.array(objectSchema).min(1),
  /**
   * What later stages go by: digests of the parts of the data (train, dev, test, corpus), or of the model. They stay what they
   * were when the job left them, also where a copy has other ETags.
   */
  contents: z.record(z.string(), z.string()),
  /** Path of model.tar.gz, where the stage leaves one. */
  model: z.string().optional(),
});
export type StageResult = z.infer<typeof resultSchema>;
export type ResultObject = StageResult['objects'][number];

/** Beside the folders of names, and no name begins with an underscore. */
export const indexOf = (run: Pick<Run, 'folder'>, stage: JobStage, digest: string): string =>
  `${prefixOf(run)}_results/${stage}/${digest}.json`;

/** What a stage took over in the place of a job. */
export interface TakenOver {
  /** Workflow id of the run whose job made it. */
  from: string;
  job: string;
  trial?: string;
  modelDataUrl?: string;
}

/** The memo's member by which lists tell the stages that needed no job: stage → workflow id of the run that had it done. */
export const REUSED = 'reused';
