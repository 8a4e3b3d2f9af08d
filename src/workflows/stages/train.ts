/**
 * train: one training job; its model is the candidate.
 * @module
 */
import type { Run } from '../../activities/types.js';
import { fail } from '../../spec/failures.js';
import type { FinishedJob } from '../sageMakerJob.js';
import { enter, type At } from './at.js';
import { kept, takenOver } from './reuse.js';

/** @returns S3 URI of the candidate's model.tar.gz */
export async function train(at: At, run: Run): Promise<string> {
  enter(at, 'train');
  const found = await takenOver(at, run, 'train');
  if (found?.taken?.modelDataUrl) return trained(at, found.taken.modelDataUrl);
  const { job } = await at.attempts.run(run, { stage: 'train' });
  const model = modelOf(job);
  await kept(at, run, 'train', found, model);
  return trained(at, model);
}

/** @throws JobFailed where there is none */
export function modelOf({ modelDataUrl, job: { kind, name } }: FinishedJob): string {
  if (modelDataUrl === undefined) throw fail('JobFailed', `${kind} job ${name} completed without a model`);
  return modelDataUrl;
}

/** The candidate's model: from now on whoever waits for it can have it. */
export function trained({ state, milestones }: At, modelDataUrl: string): string {
  state.addArtifacts({ model: modelDataUrl });
  milestones.reached('trainingFinished', { modelArtifact: modelDataUrl });
  return modelDataUrl;
}
