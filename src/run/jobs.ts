/**
 * A job and its trials, as a run and its readers see them.
 * @module
 */
import { z } from 'zod';
import type { Tokens } from '../spec/questions.js';
import type { JobKind, JobStage } from '../spec/stages.js';

export const trialViewSchema = z
  .object({
    name: z.string(),
    status: z.string(),
    parameters: z
      .record(z.string(), z.number())
      .describe("What was tuned, by the spec's names: learningRate, epochs, batchSize…"),
    metric: z.number().optional().describe('The objective, once the trial has reported it: dev nDCG@10'),
    seconds: z.number().optional().describe('Billable seconds so far, once SageMaker tells'),
  })
  .describe('One training job of a tuning job');
export type TrialView = z.infer<typeof trialViewSchema>;

/** How a tuning job stands. */
export interface TrialsView {
  /** At most, as the spec asks for. */
  planned: number;
  completed: number;
  inProgress: number;
  failed: number;
  stopped: number;
  best?: TrialView;
  /** At most 10: the best, then the newest. */
  shown: TrialView[];
}

/** How far a batch job is. */
export interface RecordsView {
  processed: number;
  total: number;
}

/** Status of a job that the quota refused: SageMaker knows nothing of it. */
export const NOT_STARTED = 'NotStarted';

export interface JobView {
  stage: JobStage;
  kind: JobKind;
  name: string;
  arn: string;
  /** SageMaker's status, as Describe gave it, or what it would say of a batch job; or `NotStarted`. */
  status: string;
  secondaryStatus?: string;
  /** The type that runs; "A or B" until SageMaker has chosen. Of a batch job: the model. */
  instanceType: string;
  /** Instances. */
  count?: number;
  spot?: boolean;
  /** Billable seconds so far, once SageMaker tells. */
  seconds?: number;
  /** Of training, billable or not. */
  trainingSeconds?: number;
  /** What it has cost so far at the dated prices; absent where the price is unknown. */
  usd?: number;
  /** The newest value of each metric that SageMaker's regexes read, such as "dev:ndcg@10". */
  metrics?: Record<string, number>;
  /** Of tuning jobs. */
  trials?: TrialsView;
  /** Of batch jobs. */
  records?: RecordsView;
  /** Of a batch job that has ended: what it has taken, well or not, at the price of batches. */
  tokens?: Tokens;
  describeCalls: number;
}

/** What a job's workflow tells the run that waits for it, on each transition. */
export interface JobReport {
  job: JobView;
  /** ISO 8601: when the first AWS call of this job's stage went out. */
  firstCallAt: string;
}
