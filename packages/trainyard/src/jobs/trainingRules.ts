/**
 * What AWS asks of a training job beyond its service model; and what this emulator cannot run.
 * @module
 */
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { invalid } from '../errors.js';
import { processorProblem } from '../processorFit.js';
import { instancesOf } from './cluster.js';
import { isBelow } from './container.js';
import { typesIn, volumeKeyProblem } from './volumeKey.js';

type Rule = (request: CreateTrainingJobRequest) => string | undefined;

const DAY = 86_400;
const LONGEST_RUNTIME = 28 * DAY;
const MOST_HOSTS = 4;

const isNotServerless: Rule = ({ ServerlessJobConfig }) =>
  ServerlessJobConfig && 'ServerlessJobConfig: the local SageMaker runs script mode on instances only.';

const namesItsAlgorithm: Rule = ({ AlgorithmSpecification }) => {
  if (!AlgorithmSpecification) return 'AlgorithmSpecification is required.';
  const { TrainingImage, AlgorithmName } = AlgorithmSpecification;
  if (!TrainingImage === !AlgorithmName) return 'Specify exactly one of TrainingImage and AlgorithmName.';
  return (
    AlgorithmName && `AlgorithmName '${AlgorithmName}': the local SageMaker runs script mode by TrainingImage only.`
  );
};

const namesItsInstances: Rule = ({ ResourceConfig, EnableManagedSpotTraining }) => {
  if (!ResourceConfig) return 'ResourceConfig is required.';
  const { InstanceType, InstancePreferences, InstanceGroups, InstanceCount } = ResourceConfig;
  const given = [InstanceType, InstancePreferences, InstanceGroups].filter((kind) => kind !== undefined).length;
  if (given !== 1)
    return 'ResourceConfig: specify exactly one of InstanceType, InstancePreferences and InstanceGroups.';
  if (InstanceType && !InstanceCount)
    return 'ResourceConfig: InstanceCount of at least 1 is required with InstanceType.';
  if (InstancePreferences && EnableManagedSpotTraining) {
    return 'InstancePreferences cannot be used with EnableManagedSpotTraining.';
  }
  const hosts = sum(instancesOf(ResourceConfig).map(({ count }) => count));
  return hosts > MOST_HOSTS
    ? `ResourceConfig: ${hosts} instances; the local SageMaker runs at most ${MOST_HOSTS}, all on its one machine.`
    : undefined;
};

const encryptsWhatItMay: Rule = ({ ResourceConfig }) =>
  ResourceConfig && volumeKeyProblem(ResourceConfig.VolumeKmsKeyId, typesIn(ResourceConfig));

const stopsInTime: Rule = ({ StoppingCondition, EnableManagedSpotTraining }) => {
  if (!StoppingCondition) return 'StoppingCondition is required.';
  const { MaxRuntimeInSeconds = DAY, MaxWaitTimeInSeconds } = StoppingCondition;
  if (MaxRuntimeInSeconds > LONGEST_RUNTIME) {
    return `MaxRuntimeInSeconds ${MaxRuntimeInSeconds} is above the limit of ${LONGEST_RUNTIME} (28 days).`;
  }
  if (!EnableManagedSpotTraining) {
    return MaxWaitTimeInSeconds === undefined
      ? undefined
      : 'Invalid MaxWaitTimeInSeconds. It can be specified only with EnableManagedSpotTraining.';
  }
  if (MaxWaitTimeInSeconds === undefined) return 'MaxWaitTimeInSeconds is required with EnableManagedSpotTraining.';
  if (MaxWaitTimeInSeconds < MaxRuntimeInSeconds) {
    return `Invalid MaxWaitTimeInSeconds ${MaxWaitTimeInSeconds}. It must be at least MaxRuntimeInSeconds (${MaxRuntimeInSeconds}).`;
  }
  return undefined;
};

const waitsOnlyForAccelerators: Rule = ({ StoppingCondition, ResourceConfig }) =>
  StoppingCondition?.MaxPendingTimeInSeconds !== undefined &&
  !/^ml\.(p|g|trn|inf)\d/.test(ResourceConfig?.InstanceType ?? '')
    ? 'MaxPendingTimeInSeconds can be specified only with accelerated instance types.'
    : undefined;

const channelsDiffer: Rule = ({ InputDataConfig = [] }) => {
  const names = InputDataConfig.map(({ ChannelName }) => ChannelName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice && `InputDataConfig: channel name '${twice}' is used more than once.`;
};

const channelsAreS3Files: Rule = ({ InputDataConfig = [], AlgorithmSpecification }) => {
  for (const { ChannelName, DataSource, InputMode } of InputDataConfig) {
    const mode = InputMode ?? AlgorithmSpecification?.TrainingInputMode;
    if (mode === 'Pipe') return `Channel '${ChannelName}': the local SageMaker has no Pipe mode; use File or FastFile.`;
    const source = DataSource?.S3DataSource;
    if (!source) return `Channel '${ChannelName}': the local SageMaker reads S3DataSource only.`;
    if (source.S3DataType !== 'S3Prefix') {
      return `Channel '${ChannelName}': the local SageMaker reads S3DataType S3Prefix only, not ${source.S3DataType}.`;
    }
  }
  return undefined;
};

const checkpointsStayInside: Rule = ({ CheckpointConfig }) => {
  const path = CheckpointConfig?.LocalPath;
  return path === undefined || isBelow('/opt/ml/', path)
    ? undefined
    : `CheckpointConfig: LocalPath '${path}' must be a folder below /opt/ml/.`;
};

const metricsAreRegexes: Rule = ({ AlgorithmSpecification }) => {
  for (const { Name, Regex } of AlgorithmSpecification?.MetricDefinitions ?? []) {
    try {
      new RegExp(Regex ?? '');
    } catch {
      return `MetricDefinitions: '${Regex}' of metric '${Name}' is not a valid regular expression.`;
    }
  }
  return undefined;
};

const imageFitsItsInstances: Rule = ({ AlgorithmSpecification, ResourceConfig }) => {
  const { InstanceType, InstancePreferences = [], InstanceGroups = [] } = ResourceConfig ?? {};
  const types = [InstanceType, ...[...InstancePreferences, ...InstanceGroups].map((choice) => choice.InstanceType)];
  for (const type of types) {
    const problem = type && processorProblem(AlgorithmSpecification?.TrainingImage ?? '', type);
    if (problem) return problem;
  }
  return undefined;
};

const RULES: Rule[] = [
  isNotServerless,
  namesItsAlgorithm,
  namesItsInstances,
  encryptsWhatItMay,
  stopsInTime,
  waitsOnlyForAccelerators,
  channelsDiffer,
  channelsAreS3Files,
  checkpointsStayInside,
  metricsAreRegexes,
  imageFitsItsInstances,
];

/** @throws ValidationException with the first rule that is broken, one at a time like AWS */
export function requireTrainable(request: CreateTrainingJobRequest): void {
  for (const rule of RULES) {
    const problem = rule(request);
    if (problem) throw invalid(problem);
  }
}

const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
