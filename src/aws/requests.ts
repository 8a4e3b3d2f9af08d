/**
 * From a resolved spec to the requests that SageMaker gets. Names and tags are added last: they depend on the rest.
 * @module
 */
import type {
  Channel,
  CreateEndpointConfigCommandInput,
  CreateModelCommandInput,
  CreateProcessingJobCommandInput,
  CreateTrainingJobCommandInput,
  ProcessingInput,
  VpcConfig,
} from '@aws-sdk/client-sagemaker';
import { hasLocalDisks } from '../spec/instances.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { claimsS3, dataSourcesOf } from '../spec/sources.js';
import { requestHash } from './hash.js';
import { endpointConfigName, modelName, processingJobName, trainingJobName } from './names.js';
import { filesOf, type Run } from './run.js';
import { tagsFor } from './tags.js';

type Unnamed<T, Name extends keyof T> = Omit<T, Name | 'Tags'>;

export interface Named<T> {
  name: string;
  requestHash: string;
  request: T;
}

const INPUT = '/opt/ml/processing/input';
const OUTPUT = '/opt/ml/processing/output';

/** Share of the training's steps that are done. */
export const PROGRESS = 'train:progress';

/** Printed by the training script; what SageMaker reads with these becomes FinalMetricDataList. */
export const METRICS = [
  { Name: 'train:loss', Regex: 'attune-metric .*\\bloss=([-+0-9.eE]+)' },
  { Name: PROGRESS, Regex: 'attune-metric .*\\bprogress=([.0-9]+)' },
  { Name: 'dev:ndcg@10', Regex: 'attune-metric .*\\bdev_ndcg_at_10=([-+0-9.eE]+)' },
];

export function prepareRequest(run: Run, attempt: number): Named<CreateProcessingJobCommandInput> {
  const sources = dataSourcesOf(run.spec).map(({ name, source }) => s3Input(name, source));
  return processing(run, 'prepare', attempt, sources, { name: 'data', to: filesOf(run).data });
}

export interface Evaluated {
  /** model.tar.gz of the candidate, and of the model in service where there is one. */
  candidate: string;
  incumbent?: string;
}

export function evaluateRequest(
  run: Run,
  attempt: number,
  { candidate, incumbent }: Evaluated,
): Named<CreateProcessingJobCommandInput> {
  const files = filesOf(run);
  const inputs = [
    s3Input('test', files.test),
    s3Input('corpus', files.corpus),
    s3Input('candidate', candidate),
    ...(incumbent === undefined ? [] : [s3Input('incumbent', incumbent)]),
  ];
  return processing(run, 'evaluate', attempt, inputs, { name: 'evaluation', to: files.evaluation });
}

function processing(
  run: Run,
  stage: 'prepare' | 'evaluate',
  attempt: number,
  inputs: ProcessingInput[],
  output: { name: string; to: string },
): Named<CreateProcessingJobCommandInput> {
  const { spec } = run;
  const { instanceType, count, volumeGb, maxRuntimeSeconds } = spec.compute[stage];
  const { outputKmsKeyId, volumeKmsKeyId } = spec.encryption;
  const request: Unnamed<CreateProcessingJobCommandInput, 'ProcessingJobName'> = {
    RoleArn: run.roleArn,
    AppSpecification: {
      ImageUri: run.images[stage],
      ContainerEntrypoint: ['python3', `${INPUT}/code/job.py`],
      ContainerArguments: [stage, '--spec', `${INPUT}/spec/spec.json`, '--input', INPUT, '--output', OUTPUT],
    },
    ProcessingResources: {
      ClusterConfig: {
        InstanceType: instanceType as never,
        InstanceCount: count,
        VolumeSizeInGB: volumeGb,
        VolumeKmsKeyId: volumeKmsKeyId,
      },
    },
    ProcessingInputs: [
      s3Input('code', run.code.files),
      s3Input('spec', filesOf(run).spec),
      ...inputs,
      ...(claimsS3(spec.base) ? [s3Input('base', folderOf(spec.base))] : []),
    ],
    ProcessingOutputConfig: {
      KmsKeyId: outputKmsKeyId,
      Outputs: [
        {
          OutputName: output.name,
          S3Output: { S3Uri: output.to, LocalPath: `${OUTPUT}/${output.name}`, S3UploadMode: 'EndOfJob' },
        },
      ],
    },
    StoppingCondition: { MaxRuntimeInSeconds: maxRuntimeSeconds },
    Environment: { ATTUNE_RUN: run.workflowId.slice(0, 256) },
    NetworkConfig: { EnableNetworkIsolation: spec.network.isolation, VpcConfig: vpcOf(spec) },
  };
  return named<CreateProcessingJobCommandInput>(run, stage, attempt, request, processingJobName, (name) => ({
    ProcessingJobName: name,
  }));
}

export function trainRequest(run: Run, attempt: number): Named<CreateTrainingJobCommandInput> {
  const { spec } = run;
  const files = filesOf(run);
  const { instanceType, count, volumeGb, maxRuntimeSeconds } = spec.compute.train;
  const { outputKmsKeyId, volumeKmsKeyId } = spec.encryption;
  const request: Unnamed<CreateTrainingJobCommandInput, 'TrainingJobName'> = {
    AlgorithmSpecification: {
      TrainingImage: run.images.train,
      TrainingInputMode: 'File',
      MetricDefinitions: METRICS,
    },
    RoleArn: run.roleArn,
    HyperParameters: hyperParametersOf(run),
    InputDataConfig: [
      channel('train', files.train),
      channel('dev', files.dev),
      ...(claimsS3(spec.base) ? [channel('base', folderOf(spec.base))] : []),
    ],
    OutputDataConfig: { S3OutputPath: files.training, KmsKeyId: outputKmsKeyId },
    ResourceConfig: {
      InstanceType: instanceType as never,
      InstanceCount: count,
      VolumeSizeInGB: volumeGb,
      VolumeKmsKeyId: volumeKmsKeyId,
    },
    StoppingCondition: { MaxRuntimeInSeconds: maxRuntimeSeconds },
    // A further attempt is a new job with the same folder: it resumes.
    CheckpointConfig: { S3Uri: files.checkpoints },
    VpcConfig: vpcOf(spec),
    EnableNetworkIsolation: spec.network.isolation,
  };
  return named<CreateTrainingJobCommandInput>(run, 'train', attempt, request, trainingJobName, (name) => ({
    TrainingJobName: name,
  }));
}

/** Every value JSON-encoded: the toolkit reads each as JSON, and a bare 1e5 or true would change its type. */
function hyperParametersOf({ spec, code, region }: Run): Record<string, string> {
  const { train } = spec;
  const values: Record<string, unknown> = {
    sagemaker_program: 'train.py',
    sagemaker_submit_directory: code.archive,
    sagemaker_container_log_level: 20,
    sagemaker_region: region,
    base_model: spec.base,
    epochs: train.epochs,
    learning_rate: train.learningRate,
    batch_size: train.batchSize,
    max_seq_length: train.maxSeqLength,
    dimensions: train.dimensions && JSON.stringify(train.dimensions),
    scale: train.scale,
    warmup: train.warmup,
    weight_decay: train.weightDecay,
    seed: train.seed,
    evaluations_per_epoch: train.evaluationsPerEpoch,
    max_pairs: train.maxPairs,
  };
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, JSON.stringify(value)]),
  );
}

export function modelRequest(run: Run, modelDataUrl: string): Named<CreateModelCommandInput> {
  const { spec } = run;
  const request: Unnamed<CreateModelCommandInput, 'ModelName'> = {
    ExecutionRoleArn: run.roleArn,
    PrimaryContainer: {
      Image: run.images.deploy,
      ModelDataUrl: modelDataUrl,
      Environment: { SAGEMAKER_PROGRAM: 'inference.py' },
    },
    VpcConfig: vpcOf(spec),
    EnableNetworkIsolation: spec.network.isolation,
  };
  return named<CreateModelCommandInput>(run, 'deploy', 1, request, modelName, (name) => ({ ModelName: name }));
}

export function endpointConfigRequest(run: Run, model: string): Named<CreateEndpointConfigCommandInput> {
  const { deploy, encryption } = run.spec;
  if (deploy === false) throw new Error('a run without deployment has no endpoint config');
  const { instanceType, instanceCount, startupTimeoutSeconds } = deploy;
  const request: Unnamed<CreateEndpointConfigCommandInput, 'EndpointConfigName'> = {
    ProductionVariants: [
      {
        VariantName: 'main',
        ModelName: model,
        InitialInstanceCount: instanceCount,
        InstanceType: instanceType as never,
        InitialVariantWeight: 1,
        ContainerStartupHealthCheckTimeoutInSeconds: startupTimeoutSeconds,
        ModelDataDownloadTimeoutInSeconds: startupTimeoutSeconds,
      },
    ],
    // Disks inside the instance are encrypted by its hardware, and SageMaker refuses a key for them.
    KmsKeyId: hasLocalDisks(instanceType) ? undefined : encryption.volumeKmsKeyId,
  };
  return named<CreateEndpointConfigCommandInput>(run, 'deploy', 1, request, endpointConfigName, (name) => ({
    EndpointConfigName: name,
  }));
}

function named<T extends object>(
  run: Run,
  stage: string,
  attempt: number,
  unnamed: object,
  nameOf: (key: Parameters<typeof trainingJobName>[0]) => string,
  member: (name: string) => Partial<T>,
): Named<T> {
  const hash = requestHash(unnamed);
  const name = nameOf({ workflowId: run.workflowId, run: run.run, stage, attempt, requestHash: hash });
  const request = { ...member(name), ...unnamed, Tags: tagsFor(run, stage, hash) } as unknown as T;
  return { name, requestHash: hash, request };
}

const s3Input = (name: string, uri: string): ProcessingInput => ({
  InputName: name,
  S3Input: { S3Uri: uri, LocalPath: `${INPUT}/${name}`, S3DataType: 'S3Prefix', S3InputMode: 'File' },
});

const channel = (name: string, uri: string): Channel => ({
  ChannelName: name,
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'FullyReplicated' } },
  InputMode: 'File',
});

function vpcOf({ network: { subnets, securityGroupIds } }: FineTuneSpec): VpcConfig | undefined {
  return subnets && securityGroupIds ? { Subnets: subnets, SecurityGroupIds: securityGroupIds } : undefined;
}

/** A prefix without a slash would take in its siblings: `base` and `base-old`. */
const folderOf = (uri: string): string => (uri.endsWith('/') ? uri : `${uri}/`);
