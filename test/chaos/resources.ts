/**
 * What SageMaker holds of a run.
 * @module
 */
import {
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListHyperParameterTuningJobsCommand,
  ListModelsCommand,
  ListProcessingJobsCommand,
  ListTrainingJobsCommand,
} from '@aws-sdk/client-sagemaker';
import { JOB_STAGES } from '../../src/spec/stages.js';
import type { InstantStack } from '../support/instantStack.js';

/** Of a tuning job's training jobs there may be many. */
export const TRIAL = 'trial';

/** What SageMaker holds whose name contains the run's. */
export interface Resources {
  /** "prepare Completed", one for each job; "trial Completed" for each training job that a tuning job started. */
  jobs: string[];
  models: number;
  configs: number;
  endpoints: string[];
}

export async function resourcesOf({ sageMaker }: InstantStack, name: string): Promise<Resources> {
  const NameContains = name;
  const { TrainingJobSummaries = [] } = await sageMaker.send(new ListTrainingJobsCommand({ NameContains }));
  const { ProcessingJobSummaries = [] } = await sageMaker.send(new ListProcessingJobsCommand({ NameContains }));
  const { HyperParameterTuningJobSummaries = [] } = await sageMaker.send(
    new ListHyperParameterTuningJobsCommand({ NameContains }),
  );
  const { Models = [] } = await sageMaker.send(new ListModelsCommand({ NameContains }));
  const { EndpointConfigs = [] } = await sageMaker.send(new ListEndpointConfigsCommand({ NameContains }));
  const { Endpoints = [] } = await sageMaker.send(new ListEndpointsCommand({ NameContains }));
  const jobs = [
    ...TrainingJobSummaries.map((job) => [job.TrainingJobName, job.TrainingJobStatus]),
    ...ProcessingJobSummaries.map((job) => [job.ProcessingJobName, job.ProcessingJobStatus]),
    ...HyperParameterTuningJobSummaries.map((job) => [
      job.HyperParameterTuningJobName,
      job.HyperParameterTuningJobStatus,
    ]),
  ];
  return {
    jobs: jobs.map(([job, status]) => `${stageIn(job!)} ${status}`).sort(),
    models: Models.length,
    configs: EndpointConfigs.length,
    endpoints: Endpoints.map(({ EndpointStatus }) => EndpointStatus!),
  };
}

const NAME = new RegExp(`-(${JOB_STAGES.join('|')})-[0-9a-f]+(-\\d+-[0-9a-f]+)?$`);

function stageIn(job: string): string {
  const [, stage, trial] = NAME.exec(job) ?? [];
  return trial ? TRIAL : (stage ?? job);
}
