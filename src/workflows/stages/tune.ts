/**
 * tune: many training jobs in the place of one; the best one's model is the candidate.
 * @module
 */
import type { Run } from '../../activities/types.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import { enter, type At } from './at.js';
import { trained } from './train.js';

/** @returns S3 URI of the best trial's model.tar.gz */
export async function tune(at: At, run: Run): Promise<string> {
  enter(at, 'tune');
  const { plan, job } = await at.attempts.run(run, { stage: 'tune' });
  const trials = await io(options.record, 'keep the trials').writeTrials({ run, tuningJob: plan.name });
  at.state.addArtifacts({ trials: trials.uri });
  return trained(at, job);
}
