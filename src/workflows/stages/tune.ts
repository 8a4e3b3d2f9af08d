/**
 * tune: many training jobs in the place of one; the best one's model is the candidate.
 * @module
 */
import type { Run } from '../../activities/types.js';
import { filesOf } from '../../run/files.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import { enter, type At } from './at.js';
import { kept, takenOver } from './reuse.js';
import { modelOf, trained } from './train.js';

/** @returns S3 URI of the best trial's model.tar.gz */
export async function tune(at: At, run: Run): Promise<string> {
  enter(at, 'tune');
  const found = await takenOver(at, run, 'tune');
  if (found?.taken?.modelDataUrl) {
    at.state.addArtifacts({ trials: filesOf(run).trials });
    return trained(at, found.taken.modelDataUrl);
  }
  const { plan, job } = await at.attempts.run(run, { stage: 'tune' });
  const trials = await io(options.record, 'keep the trials').writeTrials({ run, tuningJob: plan.name });
  at.state.addArtifacts({ trials: trials.uri });
  const model = modelOf(job);
  await kept(at, run, 'tune', found, model);
  return trained(at, model);
}
