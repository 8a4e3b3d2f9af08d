/**
 * Where a run's jobs are recorded: an experiment of SageMaker's with a trial for the run, and an MLflow resource.
 * @module
 */
import type {
  CreateExperimentCommandInput,
  CreateTrialCommandInput,
  ExperimentConfig,
  MlflowConfig,
} from '@aws-sdk/client-sagemaker';
import type { Run } from '../../run/run.js';
import type { ProcessingStage } from '../../spec/stages.js';
import { trialName } from '../names.js';
import { TAG, ownerTagsOf } from '../tags.js';

/** A job becomes a component of the run's trial, under the name of its stage. */
export function experimentConfigOf(run: Run, stage: ProcessingStage | 'train'): ExperimentConfig | undefined {
  const ExperimentName = run.spec.tracking?.experiment;
  return ExperimentName === undefined
    ? undefined
    : { ExperimentName, TrialName: trialName(run), TrialComponentDisplayName: stage };
}

/** Of training jobs alone: CreateProcessingJob has no such member (botocore 1.44.5). */
export function mlflowConfigOf(run: Run): MlflowConfig | undefined {
  const { mlflow } = run.spec.tracking ?? {};
  return (
    mlflow && {
      MlflowResourceArn: mlflow.resourceArn,
      MlflowExperimentName: mlflow.experiment,
      MlflowRunName: trialName(run),
    }
  );
}

export const experimentRequest = (run: Run, ExperimentName: string): CreateExperimentCommandInput => ({
  ExperimentName,
  Description: `Runs of attune for ${run.spec.name}`,
  // Runs of other workflows share it.
  Tags: [...ownerTagsOf(run).filter(({ Key }) => Key === TAG.name || Key === TAG.bucket), ...ownTagsOf(run)],
});

export const trialRequest = (run: Run, ExperimentName: string): CreateTrialCommandInput => ({
  TrialName: trialName(run),
  ExperimentName,
  Tags: [...ownerTagsOf(run), ...ownTagsOf(run)],
});

const ownTagsOf = ({ spec }: Run) => Object.entries(spec.tags).map(([Key, Value]) => ({ Key, Value }));
