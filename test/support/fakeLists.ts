/**
 * The lists of the fake SageMaker, as far as a sweep asks for them: one page each.
 * @module
 */
import type * as sdk from '@aws-sdk/client-sagemaker';
import { arnOf } from './fakeAccount.js';
import type { FakeHosting } from './fakeHosting.js';
import { jobArn, type FakeJob } from './fakeJob.js';

interface Filter {
  NameContains?: string;
  StatusEquals?: string;
}

/** @param jobs  as they are now: what is due has happened */
export function fakeLists(
  jobs: () => Promise<readonly FakeJob[]>,
  hosting: FakeHosting,
): Record<string, (input: never) => object | Promise<object>> {
  const jobsOf = async (kind: FakeJob['kind'], { NameContains = '', StatusEquals }: Filter): Promise<FakeJob[]> =>
    (await jobs()).filter(
      (job) =>
        job.kind === kind &&
        job.name.includes(NameContains) &&
        (StatusEquals === undefined || job.status === StatusEquals),
    );
  const named = (names: Iterable<string>, { NameContains = '' }: Filter): string[] =>
    [...names].filter((name) => name.includes(NameContains));
  return {
    ListTrainingJobs: async (input: sdk.ListTrainingJobsCommandInput) => ({
      TrainingJobSummaries: (await jobsOf('training', input)).map(({ name, status }) => ({
        TrainingJobName: name,
        TrainingJobArn: jobArn('training', name),
        TrainingJobStatus: status,
      })),
    }),
    ListProcessingJobs: async (input: sdk.ListProcessingJobsCommandInput) => ({
      ProcessingJobSummaries: (await jobsOf('processing', input)).map(({ name, status }) => ({
        ProcessingJobName: name,
        ProcessingJobArn: jobArn('processing', name),
        ProcessingJobStatus: status,
      })),
    }),
    ListHyperParameterTuningJobs: async (input: sdk.ListHyperParameterTuningJobsCommandInput) => ({
      HyperParameterTuningJobSummaries: (await jobsOf('tuning', input)).map(({ name, status }) => ({
        HyperParameterTuningJobName: name,
        HyperParameterTuningJobArn: jobArn('tuning', name),
        HyperParameterTuningJobStatus: status,
      })),
    }),
    ListModels: (input: sdk.ListModelsCommandInput) => ({
      Models: named(hosting.models.keys(), input).map((name) => ({ ModelName: name, ModelArn: arnOf('model', name) })),
    }),
    ListEndpointConfigs: (input: sdk.ListEndpointConfigsCommandInput) => ({
      EndpointConfigs: named(hosting.configs.keys(), input).map((name) => ({
        EndpointConfigName: name,
        EndpointConfigArn: arnOf('endpoint-config', name),
      })),
    }),
    ListEndpoints: (input: sdk.ListEndpointsCommandInput) => ({
      Endpoints: named(hosting.endpoints.keys(), input).map((name) => ({
        EndpointName: name,
        EndpointArn: arnOf('endpoint', name),
        EndpointStatus: hosting.endpoints.get(name)!.status,
      })),
    }),
  };
}
