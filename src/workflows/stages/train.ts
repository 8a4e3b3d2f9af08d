/**
 * train: one training job; its model is the candidate.
 * @module
 */
import type { Run } from '../../activities/types.js';
import { fail } from '../../spec/failures.js';
import type { FinishedJob } from '../sageMakerJob.js';
import { enter, type At } from './at.js';

/** @returns S3 URI of the candidate's model.tar.gz */
export async function train(at: At, run: Run): Promise<string> {
  enter(at, 'train');
  const { job } = await at.attempts.run(run, { stage: 'train' });
  return trained(at, job);
}

/** The model that a job left: from now on whoever waits for it can have it. */
export function trained({ state, milestones }: At, { modelDataUrl, job: { kind, name } }: FinishedJob): string {
  if (modelDataUrl === undefined) throw fail('JobFailed', `${kind} job ${name} completed without a model`);
  state.addArtifacts({ model: modelDataUrl });
  milestones.reached('trainingFinished', { modelArtifact: modelDataUrl });
  return modelDataUrl;
}
