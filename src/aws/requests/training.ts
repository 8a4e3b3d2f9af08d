/**
 * The training job: script mode, its channels, its hyperparameters.
 * @module
 */
import type { Channel, CreateTrainingJobCommandInput, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import { processesOf } from '../../spec/instances.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { claimsS3, folderOf } from '../../spec/sources.js';
import { TRAINER_NAMES } from '../../spec/trainer.js';
import { trainingJobName } from '../names.js';
import { filesOf } from '../../run/files.js';
import { metricRegex } from '../../run/metricLine.js';
import type { BaseCopy, Run } from '../../run/run.js';
import { clusterOf, volumeKeyOf } from './cluster.js';
import { baseVariablesOf, jobEnvironment, WHEELHOUSE } from './environment.js';
import { encryptsTraffic, named, vpcOf, type JobTerms, type Named, type Unnamed } from './named.js';
import { experimentConfigOf, mlflowConfigOf } from './tracking.js';

/** Where SageMaker puts a training job's channels. */
const INPUT = '/opt/ml/input/data';

/** Share of the training's steps that are done. */
export const PROGRESS = 'train:progress';

/** What a tuning job maximises, and what chooses the checkpoint of each training. */
export const OBJECTIVE = 'dev:ndcg@10';

/** Printed by the training script; what SageMaker reads with these becomes FinalMetricDataList. */
export const METRICS = [
  { Name: 'train:loss', Regex: metricRegex('loss') },
  { Name: PROGRESS, Regex: metricRegex('progress') },
  { Name: OBJECTIVE, Regex: metricRegex('devNdcgAt10') },
];

/** @param base  the copy of the base, where there is one */
export function trainRequest(
  run: Run,
  { attempt, place, limits }: JobTerms,
  base?: BaseCopy,
): Named<CreateTrainingJobCommandInput> {
  const { spec } = run;
  const files = filesOf(run);
  const { count, volumeGb } = spec.compute.train;
  const { outputKmsKeyId } = spec.encryption;
  const request: Unnamed<CreateTrainingJobCommandInput, 'TrainingJobName'> = {
    AlgorithmSpecification: {
      TrainingImage: run.images.train,
      TrainingInputMode: 'File',
      MetricDefinitions: METRICS,
    },
    RoleArn: run.roleArn,
    HyperParameters: hyperParametersOf(run, limits.stopAfterSeconds),
    Environment: {
      ...jobEnvironment(run, spec.compute.train.environment, INPUT),
      ...(run.startsFrom ? {} : baseVariablesOf(base)),
    },
    InputDataConfig: [
      channel('code', run.code.files),
      channel('train', files.train),
      channel('dev', files.dev),
      channel('corpus', files.corpus),
      ...startOf(run, base),
      ...(spec.network.wheelhouse ? [channel(WHEELHOUSE, folderOf(spec.network.wheelhouse))] : []),
    ],
    OutputDataConfig: { S3OutputPath: files.training, KmsKeyId: outputKmsKeyId },
    ResourceConfig: {
      ...clusterOf<TrainingInstanceType>(place, count),
      VolumeSizeInGB: volumeGb,
      VolumeKmsKeyId: volumeKeyOf(place, spec.encryption),
    },
    ...(place.spot ? { EnableManagedSpotTraining: true } : {}),
    StoppingCondition: {
      MaxRuntimeInSeconds: limits.maxRuntimeSeconds,
      ...(place.spot ? { MaxWaitTimeInSeconds: waitSecondsOf(run, limits.maxRuntimeSeconds) } : {}),
    },
    // A further attempt, and spot after an interruption, finds what the one before left: it resumes.
    CheckpointConfig: { S3Uri: files.checkpoints },
    VpcConfig: vpcOf(spec),
    EnableNetworkIsolation: spec.network.isolation,
    EnableInterContainerTrafficEncryption: encryptsTraffic(spec),
  };
  return named<CreateTrainingJobCommandInput>(run, 'train', attempt, request, trainingJobName, (name) => ({
    TrainingJobName: name,
    ExperimentConfig: experimentConfigOf(run, 'train'),
    MlflowConfig: mlflowConfigOf(run),
  }));
}

/** The weights that training starts from, unless the container fetches them from the hub. */
function startOf({ spec, startsFrom }: Run, base: BaseCopy | undefined): Channel[] {
  if (startsFrom) return [channel('incumbent', startsFrom.modelDataUrl)];
  if (base) return [channel('base', base.uri)];
  return claimsS3(spec.base) ? [channel('base', folderOf(spec.base))] : [];
}

/** For waiting and training together. */
const waitSecondsOf = ({ spec: { compute, timings } }: Run, maxRuntimeSeconds: number): number =>
  compute.train.maxWaitSeconds ?? Math.ceil(maxRuntimeSeconds + timings.queueSeconds);

/** Every value JSON-encoded: the toolkit reads each as JSON, and a bare 1e5 or true would change its type. */
function hyperParametersOf(
  { spec, region, startsFrom }: Run,
  stopAfterSeconds: number | undefined,
): Record<string, string> {
  const { train } = spec;
  const values: Record<string, unknown> = {
    sagemaker_program: 'train.py',
    // A channel, not an archive in S3: the toolkit would have to fetch that, which it cannot do in network isolation.
    sagemaker_submit_directory: `${INPUT}/code`,
    sagemaker_container_log_level: 20,
    sagemaker_region: region,
    sagemaker_torch_distributed_enabled:
      processesOf(spec.compute.train).some((processes) => processes > 1) || undefined,
    // For torchrun too, whatever its name says.
    sagemaker_mpi_num_of_processes_per_host: spec.compute.train.processesPerInstance,
    base_model: spec.base,
    start_from: startsFrom?.modelDataUrl,
    ...settingsOf(train),
    stop_after_seconds: stopAfterSeconds,
  };
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, JSON.stringify(value)]),
  );
}

/** What is set in `train`, by the script's names. What has parts travels as text: the toolkit would write them its own way. */
function settingsOf(train: FineTuneSpec['train']): Record<string, unknown> {
  const names = Object.entries(TRAINER_NAMES) as [keyof FineTuneSpec['train'], string | null][];
  return Object.fromEntries(
    names.flatMap(([option, name]) => {
      const value = train[option];
      return name === null ? [] : [[name, typeof value === 'object' ? JSON.stringify(value) : value]];
    }),
  );
}

const channel = (name: string, uri: string): Channel => ({
  ChannelName: name,
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'FullyReplicated' } },
  InputMode: 'File',
});
