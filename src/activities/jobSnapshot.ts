/**
 * A look at a job, in the few words that a workflow needs.
 * @module
 */
import type { JobEndClass } from '../aws/jobEnds.js';
import type { Tokens } from '../spec/questions.js';
import type { RecordsView, TrialsView } from '../run/jobs.js';
import type { JobKind } from '../spec/stages.js';

export interface JobRef {
  kind: JobKind;
  name: string;
}

export interface JobSnapshot {
  /** Changes when something happened that is worth a report; elapsed time does not count. */
  key: string;
  status: string;
  secondaryStatus?: string;
  /** Set once the job has ended. */
  end?: JobEndClass;
  /** It goes on after all its limits, by SageMaker's own times. */
  overdue?: boolean;
  /** "Training · 12 min · dev:ndcg@10 0.712": what a person reads. */
  headline: string;
  arn: string;
  instanceType: string;
  /** ISO 8601, as are all times here. */
  createdAt: string;
  startedAt?: string;
  endedAt?: string;
  /** Billable; of a processing job, from its start to its end. */
  seconds?: number;
  /** Of training, billable or not: on spot the difference is what was saved. */
  trainingSeconds?: number;
  /** model.tar.gz, once there is one. */
  modelDataUrl?: string;
  metrics?: Record<string, number>;
  failureReason?: string;
  /** Of a batch job: requests that have been answered, well or not, of all. */
  records?: RecordsView;
  /** And what an ended one has taken, where Bedrock has left word of it. */
  tokens?: Tokens;
  /** Of a tuning job that moved. */
  trials?: TrialsView;
  /** The training job whose log says why a tuning job came to nothing. */
  failedTrial?: string;
  describeCalls: number;
}
