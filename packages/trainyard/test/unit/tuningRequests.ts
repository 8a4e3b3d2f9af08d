/**
 * Requests, records and summaries of tuning jobs, right as they are; a test changes what it is about.
 * @module
 */
import type {
  CreateHyperParameterTuningJobRequest,
  HyperParameterTrainingJobDefinition,
  HyperParameterTuningJobConfig,
} from '@aws-sdk/client-sagemaker';
import type { Summary, TuningRecord } from '../../src/tuning/record.js';

export const definition = (
  changes: Partial<HyperParameterTrainingJobDefinition> = {},
): HyperParameterTrainingJobDefinition => ({
  AlgorithmSpecification: {
    TrainingImage: 'image',
    TrainingInputMode: 'File',
    MetricDefinitions: [{ Name: 'dev', Regex: 'dev=([0-9.]+)' }],
  },
  RoleArn: 'arn:aws:iam::123456789012:role/trainyard',
  OutputDataConfig: { S3OutputPath: 's3://bucket/out' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 600 },
  StaticHyperParameters: { seed: '42' },
  ...changes,
});

export const config = (changes: Partial<HyperParameterTuningJobConfig> = {}): HyperParameterTuningJobConfig => ({
  Strategy: 'Bayesian',
  HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'dev' },
  ResourceLimits: { MaxNumberOfTrainingJobs: 4, MaxParallelTrainingJobs: 2 },
  ParameterRanges: { ContinuousParameterRanges: [{ Name: 'rate', MinValue: '1e-5', MaxValue: '1e-3' }] },
  ...changes,
});

export const request = (
  changedConfig: Partial<HyperParameterTuningJobConfig> = {},
  changedDefinition: Partial<HyperParameterTrainingJobDefinition> = {},
  changes: Partial<CreateHyperParameterTuningJobRequest> = {},
): CreateHyperParameterTuningJobRequest => ({
  HyperParameterTuningJobName: 'tune',
  HyperParameterTuningJobConfig: config(changedConfig),
  TrainingJobDefinition: definition(changedDefinition),
  ...changes,
});

export const record = (changes: Partial<TuningRecord> = {}): TuningRecord => ({
  name: 'tune',
  arn: 'arn',
  createdAt: 0,
  modifiedAt: 0,
  request: request(),
  tags: [],
  seed: 1,
  status: 'InProgress',
  trials: [],
  learned: [],
  ...changes,
});

export const summary = (status: Summary['TrainingJobStatus'], value?: number, end = 0): Summary => ({
  TrainingJobName: `t-${end}`,
  TrainingJobArn: 'arn',
  CreationTime: 0,
  TrainingEndTime: end,
  TrainingJobStatus: status,
  TunedHyperParameters: {},
  ObjectiveStatus: status === 'InProgress' ? 'Pending' : value === undefined ? 'Failed' : 'Succeeded',
  FinalHyperParameterTuningJobObjectiveMetric: value === undefined ? undefined : { MetricName: 'dev', Value: value },
});
export const completed = (...values: number[]): Summary[] =>
  values.map((value, end) => summary('Completed', value, end));

export const limits = (jobs?: number, parallel = 1) => ({
  ResourceLimits: { MaxNumberOfTrainingJobs: jobs, MaxParallelTrainingJobs: parallel },
});
