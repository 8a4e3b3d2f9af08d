/**
 * The experiment and the trial that a run's jobs are recorded in: SageMaker refuses a job that names one that is not there.
 * @module
 */
import {
  CreateExperimentCommand,
  CreateTrialCommand,
  DescribeExperimentCommand,
  DescribeTrialCommand,
} from '@aws-sdk/client-sagemaker';
import { experimentRequest, trialRequest } from '../aws/requests/tracking.js';
import type { Run } from '../run/run.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';
import { makeIfAbsent } from './makeIfAbsent.js';

/** Made where they are absent. Repeated, it finds what it made. */
export async function makeTrial(deps: Deps, run: Run): Promise<void> {
  const ExperimentName = run.spec.tracking?.experiment;
  if (ExperimentName === undefined) return;
  const { sageMaker } = deps;
  await calling(`making a trial of experiment ${ExperimentName}`, deps, async () => {
    await makeIfAbsent(
      () => sageMaker.send(new DescribeExperimentCommand({ ExperimentName })),
      () => sageMaker.send(new CreateExperimentCommand(experimentRequest(run, ExperimentName))),
    );
    const trial = trialRequest(run, ExperimentName);
    await makeIfAbsent(
      () => sageMaker.send(new DescribeTrialCommand({ TrialName: trial.TrialName })),
      () => sageMaker.send(new CreateTrialCommand(trial)),
    );
  });
}
