/**
 * The fake of SageMaker that the workflow tests stand on, beside the local SageMaker as a process: the same calls, the same
 * answers in all that attune reads.
 */
import * as sdk from '@aws-sdk/client-sagemaker';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { modelArchive } from '../support/modelArchive.js';

/** Of jobs and endpoints, in both: long enough for the calls that are to meet them on their way. */
const MS = 2_500;
const PATIENCE_MS = 30_000;
const IMAGE = '763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-training:2.6.0-cpu-py312';

let stack: InstantStack;
let fake: FakeSageMaker;
let bucket: string;
let roleArn: string;

beforeAll(async () => {
  stack = await startInstantStack({ jobMs: MS, events: false, worker: false });
  ({ bucket, roleArn } = stack.stack.describe);
  fake = new FakeSageMaker();
  fake.roles.add(roleArn);
  fake.jobMs = fake.endpointMs = MS;
  for (const [Key, Body] of [
    ['data/pairs.jsonl', Buffer.from('{}')],
    ['model.tar.gz', await modelArchive()],
  ] as const) {
    await stack.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    fake.s3.put(`s3://${bucket}/${Key}`, Body);
  }
}, 120_000);
afterAll(() => stack.stop());

type Command = { input: object };
type Send = (command: Command) => Promise<object>;
/** What was asked, and what came of it. */
type Seen = [operation: string, outcome: unknown];

interface Talk {
  /** Asks, and keeps what came of it. */
  ask(...commands: Command[]): Promise<void>;
  /** Asks until it is so, and keeps the last answer. */
  until(command: Command, isSo: (answer: Record<string, unknown>) => boolean): Promise<void>;
  /** Asks until the answer is a refusal, and keeps that. */
  untilGone(command: Command): Promise<void>;
}

async function heard(send: Send, sequence: (talk: Talk) => Promise<void>): Promise<Seen[]> {
  const seen: Seen[] = [];
  const operationOf = (command: Command): string => command.constructor.name.replace(/Command$/, '');
  const outcomeOf = (command: Command): Promise<Outcome> =>
    send(command).then(
      (answer) => ({ answer }),
      (error: Error) => ({ refusal: `${error.name}: ${error.message}` }),
    );
  const keep = (command: Command, { answer, refusal }: Outcome): void => {
    const operation = operationOf(command);
    seen.push([operation, refusal ?? plain(READ[operation]?.(answer as never) ?? answer!)]);
  };
  const repeat = async (command: Command, isSo: (outcome: Outcome) => boolean): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    let outcome = await outcomeOf(command);
    while (!isSo(outcome) && Date.now() < deadline) {
      await sleep(50); // between two looks
      outcome = await outcomeOf(command);
    }
    keep(command, outcome);
  };
  await sequence({
    ask: async (...commands) => {
      for (const command of commands) keep(command, await outcomeOf(command));
    },
    until: (command, isSo) => repeat(command, ({ answer }) => answer !== undefined && isSo(answer as never)),
    untilGone: (command) => repeat(command, ({ refusal }) => refusal !== undefined),
  });
  return seen;
}

type Outcome = { answer?: object; refusal?: string };

/* What attune reads of each answer. */

const IN_FLIGHT = ['Starting', 'Downloading', 'Training', 'Uploading'];
const whileEnded = <T>(status: string | undefined, value: T): T | undefined =>
  status === 'InProgress' || status === 'Stopping' ? undefined : value;

const READ: Record<string, (answer: never) => object> = {
  DescribeTrainingJob: (job: sdk.DescribeTrainingJobResponse) => ({
    arn: job.TrainingJobArn,
    status: job.TrainingJobStatus,
    secondary: IN_FLIGHT.includes(job.SecondaryStatus!) ? 'in flight' : job.SecondaryStatus,
    cluster: job.ResourceConfig,
    created: job.CreationTime,
    started: job.TrainingStartTime,
    ended: job.TrainingEndTime,
    seconds: typeof job.TrainingTimeInSeconds,
    billable: typeof job.BillableTimeInSeconds,
    model: job.ModelArtifacts,
    // Of a job that runs, or was stopped, the fake tells them as AWS does of a script that prints; instant mode does not.
    metrics:
      job.TrainingJobStatus === 'Completed'
        ? job.FinalMetricDataList?.map(({ MetricName, Value }) => [MetricName, Value])
        : undefined,
    reason: job.FailureReason,
  }),
  DescribeProcessingJob: (job: sdk.DescribeProcessingJobResponse) => ({
    arn: job.ProcessingJobArn,
    status: job.ProcessingJobStatus,
    cluster: job.ProcessingResources?.ClusterConfig,
    created: job.CreationTime,
    started: job.ProcessingStartTime,
    ended: job.ProcessingEndTime,
    reason: [job.FailureReason, job.ExitMessage],
  }),
  DescribeHyperParameterTuningJob: (job: sdk.DescribeHyperParameterTuningJobResponse) => ({
    arn: job.HyperParameterTuningJobArn,
    status: job.HyperParameterTuningJobStatus,
    config: job.HyperParameterTuningJobConfig,
    cluster: job.TrainingJobDefinition?.ResourceConfig,
    created: job.CreationTime,
    ended: job.HyperParameterTuningEndTime,
    counters: whileEnded(job.HyperParameterTuningJobStatus, job.TrainingJobStatusCounters),
    reason: job.FailureReason,
  }),
  ListTrainingJobsForHyperParameterTuningJob: ({
    TrainingJobSummaries,
  }: sdk.ListTrainingJobsForHyperParameterTuningJobResponse) => ({
    trials: TrainingJobSummaries?.map((trial) => ({
      name: trial.TrainingJobName?.replace(/-(\d{3})-[0-9a-f]{8}$/, '-$1-hash'),
      status: trial.TrainingJobStatus,
      parameters: Object.keys(trial.TunedHyperParameters ?? {}),
      objective: trial.FinalHyperParameterTuningJobObjectiveMetric?.MetricName,
      started: trial.TrainingStartTime,
      ended: trial.TrainingEndTime,
      reason: trial.FailureReason,
    })),
  }),
  DescribeModel: (model: sdk.DescribeModelOutput) => ({ arn: model.ModelArn, container: model.PrimaryContainer }),
  DescribeEndpointConfig: (config: sdk.DescribeEndpointConfigOutput) => ({
    arn: config.EndpointConfigArn,
    variants: config.ProductionVariants,
  }),
  DescribeEndpoint: (endpoint: sdk.DescribeEndpointOutput) => ({
    arn: endpoint.EndpointArn,
    status: endpoint.EndpointStatus,
    config: endpoint.EndpointConfigName,
    instances: endpoint.ProductionVariants?.[0]?.CurrentInstanceCount,
    pending: endpoint.PendingDeploymentSummary?.EndpointConfigName,
    phase: endpoint.PendingDeploymentSummary?.ProductionVariants?.[0]?.VariantStatus?.[0]?.Status,
    reason: endpoint.FailureReason,
  }),
};

/** Without what differs from call to call: times, and what the SDK adds. */
function plain(answer: object): unknown {
  return JSON.parse(
    JSON.stringify(answer, function (this: Record<string, unknown>, key, value: unknown) {
      if (key === '$metadata') return undefined;
      return this[key] instanceof Date ? 'a time' : value;
    }),
  );
}

/* The requests. */

const tags = (stage: string): sdk.Tag[] => [{ Key: 'attune:stage', Value: stage }];

const training = (TrainingJobName: string, changes: object = {}) =>
  new sdk.CreateTrainingJobCommand({
    TrainingJobName,
    RoleArn: roleArn,
    AlgorithmSpecification: {
      TrainingImage: IMAGE,
      TrainingInputMode: 'File',
      MetricDefinitions: [{ Name: 'train:loss', Regex: '\\bloss=([0-9.]+)' }],
    },
    InputDataConfig: [channel('data/')],
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/out` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
    Tags: tags('train'),
    ...changes,
  });
const channel = (key: string): sdk.Channel => ({
  ChannelName: 'train',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/${key}` } },
});
const describeTraining = (TrainingJobName: string) => new sdk.DescribeTrainingJobCommand({ TrainingJobName });
const stopTraining = (TrainingJobName: string) => new sdk.StopTrainingJobCommand({ TrainingJobName });

const processing = (ProcessingJobName: string, changes: object = {}) =>
  new sdk.CreateProcessingJobCommand({
    ProcessingJobName,
    RoleArn: roleArn,
    AppSpecification: { ImageUri: IMAGE, ContainerEntrypoint: ['python3', 'job.py'], ContainerArguments: ['prepare'] },
    ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 } },
    ProcessingOutputConfig: {
      Outputs: [
        {
          OutputName: 'data',
          S3Output: {
            S3Uri: `s3://${bucket}/${ProcessingJobName}/`,
            LocalPath: '/opt/ml/processing/output/data',
            S3UploadMode: 'EndOfJob',
          },
        },
      ],
    },
    Tags: tags('prepare'),
    ...changes,
  });
const describeProcessing = (ProcessingJobName: string) => new sdk.DescribeProcessingJobCommand({ ProcessingJobName });
const stopProcessing = (ProcessingJobName: string) => new sdk.StopProcessingJobCommand({ ProcessingJobName });

const tuning = (HyperParameterTuningJobName: string, { definition = {}, config = {} } = {}) => {
  const { AlgorithmSpecification, RoleArn, InputDataConfig, OutputDataConfig, ResourceConfig, StoppingCondition } =
    training('x').input;
  return new sdk.CreateHyperParameterTuningJobCommand({
    HyperParameterTuningJobName,
    HyperParameterTuningJobConfig: {
      Strategy: 'Random',
      HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'train:loss' },
      ResourceLimits: { MaxNumberOfTrainingJobs: 2, MaxParallelTrainingJobs: 2 },
      ParameterRanges: {
        ContinuousParameterRanges: [{ Name: 'learning_rate', MinValue: '1e-6', MaxValue: '1e-4' }],
        CategoricalParameterRanges: [{ Name: 'batch_size', Values: ['"32"', '"64"'] }],
      },
      RandomSeed: 7,
      ...config,
    },
    TrainingJobDefinition: {
      AlgorithmSpecification,
      RoleArn,
      InputDataConfig,
      OutputDataConfig,
      ResourceConfig,
      StoppingCondition,
      ...definition,
    },
    Tags: tags('tune'),
  });
};
const describeTuning = (HyperParameterTuningJobName: string) =>
  new sdk.DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName });
const stopTuning = (HyperParameterTuningJobName: string) =>
  new sdk.StopHyperParameterTuningJobCommand({ HyperParameterTuningJobName });

const model = (ModelName: string, changes: object = {}) =>
  new sdk.CreateModelCommand({
    ModelName,
    ExecutionRoleArn: roleArn,
    PrimaryContainer: { Image: IMAGE, ModelDataUrl: `s3://${bucket}/model.tar.gz` },
    Tags: tags('deploy'),
    ...changes,
  });
const noData = () => ({ PrimaryContainer: { Image: IMAGE, ModelDataUrl: `s3://${bucket}/nowhere.tar.gz` } });
const config = (EndpointConfigName: string, ModelName = EndpointConfigName, changes: object = {}) =>
  new sdk.CreateEndpointConfigCommand({
    EndpointConfigName,
    ProductionVariants: [
      { VariantName: 'main', ModelName, InstanceType: 'ml.m5.large', InitialInstanceCount: 1, ...changes },
    ],
    Tags: tags('deploy'),
  });
const serverless = {
  InstanceType: undefined,
  InitialInstanceCount: undefined,
  ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 3 },
};
const endpoint = (EndpointName: string, EndpointConfigName = EndpointName) =>
  new sdk.CreateEndpointCommand({ EndpointName, EndpointConfigName, Tags: tags('deploy') });
const update = (EndpointName: string, EndpointConfigName: string, changes: object = {}) =>
  new sdk.UpdateEndpointCommand({ EndpointName, EndpointConfigName, ...changes });
const look = (EndpointName: string) => new sdk.DescribeEndpointCommand({ EndpointName });
const deleteModel = (ModelName: string) => new sdk.DeleteModelCommand({ ModelName });
const deleteConfig = (EndpointConfigName: string) => new sdk.DeleteEndpointConfigCommand({ EndpointConfigName });
const deleteEndpoint = (EndpointName: string) => new sdk.DeleteEndpointCommand({ EndpointName });

const tagsOf = (resource: string) =>
  new sdk.ListTagsCommand({ ResourceArn: `arn:aws:sagemaker:us-east-1:000000000000:${resource}` });
const ended = (answer: Record<string, unknown>): boolean =>
  Object.entries(answer).some(
    ([key, value]) => key.endsWith('JobStatus') && ['Completed', 'Failed', 'Stopped'].includes(value as string),
  );
const launched = ({ TrainingJobStatusCounters: counters }: Record<string, unknown>): boolean =>
  (counters as sdk.TrainingJobStatusCounters).InProgress === 2;
const settled = ({ EndpointStatus }: Record<string, unknown>): boolean =>
  EndpointStatus === 'InService' || EndpointStatus === 'Failed';
const strange = 'arn:aws:iam::000000000000:role/nobody';

/* What is asked. Names of their own, so that all can be asked at once. */

const SEQUENCES: Record<string, (talk: Talk) => Promise<void>> = {
  'a training job from its creation to its end': async ({ ask, until }) => {
    await ask(training('t-end'), describeTraining('t-end'), training('t-end'), tagsOf('training-job/t-end'));
    await until(describeTraining('t-end'), ended);
    await ask(stopTraining('t-end'), training('t-end'));
  },
  'a training job that chooses among instance types': async ({ ask }) => {
    const InstancePreferences = ['ml.m5.large', 'ml.c5.large'].map((InstanceType) => ({
      InstanceType,
      InstanceCount: 1,
    }));
    await ask(training('t-choice', { ResourceConfig: { InstancePreferences, VolumeSizeInGB: 1 } }));
    await ask(describeTraining('t-choice'));
  },
  'a training job that is stopped': async ({ ask, until }) => {
    await ask(training('T-Stop'), stopTraining('T-Stop'));
    await until(describeTraining('T-Stop'), ended);
    await ask(stopTraining('T-Stop'));
  },
  'a training job that is not there': ({ ask }) =>
    ask(describeTraining('t-none'), stopTraining('t-none'), tagsOf('training-job/t-none')),
  'training jobs that AWS refuses': ({ ask }) =>
    ask(
      training('not_a_name'),
      training('t-bad', { StoppingCondition: { MaxRuntimeInSeconds: 0 } }),
      training('t-bad', { StoppingCondition: undefined }),
      training('t-bad', { EnableManagedSpotTraining: true }),
      training('t-bad', { HyperParameters: { epochs: 2 } }),
      training('t-bad', { RoleArn: strange }),
      training('t-bad', { InputDataConfig: [channel('nothing/')] }),
      describeTraining('t-bad'),
    ),

  'a processing job from its creation to its end': async ({ ask, until }) => {
    await ask(processing('p-end'), describeProcessing('p-end'), processing('p-end'), tagsOf('processing-job/p-end'));
    await until(describeProcessing('p-end'), ended);
    await ask(stopProcessing('p-end'));
  },
  'a processing job that is stopped, beside a training job of its name': async ({ ask, until }) => {
    await ask(processing('both'), training('both'), stopProcessing('both'));
    await until(describeProcessing('both'), ended);
    await ask(stopProcessing('both'));
    await until(describeTraining('both'), ended);
  },
  'a processing job that is not there': ({ ask }) => ask(describeProcessing('p-none'), stopProcessing('p-none')),
  'processing jobs that AWS refuses': ({ ask }) =>
    ask(
      processing('p-bad', { AppSpecification: undefined }),
      processing('p-bad', { Environment: { 'A-B': 'x' } }),
      processing('p-bad', { StoppingCondition: { MaxRuntimeInSeconds: 0 } }),
      processing('p-bad', { RoleArn: strange }),
      describeProcessing('p-bad'),
    ),

  'a tuning job from its creation to its end': async ({ ask, until }) => {
    await ask(tuning('h-end'), describeTuning('h-end'), tuning('h-end'), tagsOf('hyper-parameter-tuning-job/h-end'));
    await until(describeTuning('h-end'), ended);
    const trials = { HyperParameterTuningJobName: 'h-end', SortBy: 'CreationTime', SortOrder: 'Ascending' } as const;
    await ask(
      new sdk.ListTrainingJobsForHyperParameterTuningJobCommand({ ...trials, MaxResults: 1 }),
      stopTuning('h-end'),
    );
  },
  'a tuning job that is stopped': async ({ ask, until }) => {
    await ask(tuning('h-stop'));
    await until(describeTuning('h-stop'), launched);
    await ask(stopTuning('h-stop'));
    await until(describeTuning('h-stop'), ended);
    await ask(stopTuning('h-stop'));
  },
  'a tuning job that is not there': ({ ask }) => ask(describeTuning('h-none'), stopTuning('h-none')),
  'tuning jobs that AWS refuses': ({ ask }) =>
    ask(
      tuning('h-bad', { config: { Strategy: 'Lucky' } }),
      tuning('h-bad', { config: { HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'unknown' } } }),
      tuning('h-bad', { definition: { StoppingCondition: undefined } }),
      tuning('h-bad', { definition: { RoleArn: strange } }),
      tuning('h-bad', { definition: { InputDataConfig: [channel('nothing/')] } }),
      describeTuning('h-bad'),
    ),

  'a model and a configuration from their creation to their deletion': ({ ask }) =>
    ask(
      ...[model('M-One'), model('M-One'), new sdk.DescribeModelCommand({ ModelName: 'M-One' })],
      ...[config('C-One', 'M-One'), config('C-One', 'M-One')],
      new sdk.DescribeEndpointConfigCommand({ EndpointConfigName: 'C-One' }),
      ...[tagsOf('model/m-one'), tagsOf('endpoint-config/c-one')],
      ...[deleteModel('M-One'), deleteModel('M-One'), deleteConfig('C-One'), deleteConfig('C-One')],
      ...[tagsOf('model/m-one'), tagsOf('endpoint-config/c-one')],
      new sdk.DescribeModelCommand({ ModelName: 'M-One' }),
      new sdk.DescribeEndpointConfigCommand({ EndpointConfigName: 'C-One' }),
    ),
  'models, configurations and endpoints that AWS refuses': ({ ask }) =>
    ask(
      model('m_bad'),
      model('m-bad', { ExecutionRoleArn: strange }),
      config('c-bad', 'm-none'),
      config('c-bad', 'm-none', { InitialInstanceCount: -1 }),
      endpoint('e-bad', 'c-none'),
      ...[look('e-bad'), update('e-bad', 'c-none'), deleteEndpoint('e-bad')],
    ),

  'an endpoint that moves to another configuration, and goes': async ({ ask, until, untilGone }) => {
    await ask(model('e-moves'), config('e-moves'), config('e-moves-2', 'e-moves', { InitialInstanceCount: 2 }));
    await ask(config('e-moves-3', 'e-moves', serverless));
    await ask(endpoint('E-Moves', 'e-moves'), look('E-Moves'), endpoint('E-Moves', 'e-moves'));
    await ask(update('E-Moves', 'e-moves-2'), deleteEndpoint('E-Moves'), tagsOf('endpoint/e-moves'));
    await until(look('E-Moves'), settled);
    await ask(update('E-Moves', 'none'), update('E-Moves', 'e-moves-3'));
    await ask(update('E-Moves', 'e-moves-2'), look('E-Moves'), update('E-Moves', 'e-moves'), deleteEndpoint('E-Moves'));
    await until(look('E-Moves'), settled);
    await ask(update('E-Moves', 'e-moves', { RetainAllVariantProperties: true }));
    await until(look('E-Moves'), settled);
    await ask(deleteEndpoint('E-Moves'));
    await untilGone(look('E-Moves'));
    await ask(tagsOf('endpoint/e-moves'), deleteEndpoint('E-Moves'), update('E-Moves', 'e-moves'));
  },
  'an endpoint that does not come up': async ({ ask, until, untilGone }) => {
    await ask(model('e-fails', noData()), model('e-fails-2'), config('e-fails'), config('e-fails-2'));
    await ask(endpoint('e-fails'));
    await until(look('e-fails'), settled);
    await ask(update('e-fails', 'e-fails-2'), endpoint('e-fails', 'e-fails-2'), look('e-fails'));
    await ask(deleteEndpoint('e-fails'));
    await untilGone(look('e-fails'));
  },
  'an endpoint that cannot move goes on as it was': async ({ ask, until }) => {
    await ask(model('e-stays'), model('e-stays-2', noData()), config('e-stays'), config('e-stays-2'));
    await ask(endpoint('e-stays'));
    await until(look('e-stays'), settled);
    await ask(update('e-stays', 'e-stays-2'));
    await until(look('e-stays'), settled);
    await ask(deleteModel('e-stays-2'), update('e-stays', 'e-stays-2'), look('e-stays'));
  },
  'a serverless endpoint': async ({ ask, until }) => {
    await ask(model('e-small'), config('e-small', 'e-small', serverless), endpoint('e-small'));
    await until(look('e-small'), settled);
  },
};

describe('the fake answers as the local SageMaker does', () => {
  test.concurrent.each(Object.entries(SEQUENCES))('%s', async (_name, sequence) => {
    const clients = fake.clients as { sageMaker: { send: Send } };

    const [here, there] = await Promise.all([
      heard(clients.sageMaker.send, sequence),
      heard((command) => stack.sageMaker.send(command as never), sequence),
    ]);

    expect(here).toEqual(there);
  });
});
