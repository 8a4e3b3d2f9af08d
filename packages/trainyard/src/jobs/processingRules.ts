/**
 * What AWS asks of a processing job beyond its service model; and what this emulator cannot run.
 * @module
 */
import type { CreateProcessingJobRequest } from '@aws-sdk/client-sagemaker';
import { invalid } from '../errors.js';
import { processorProblem } from '../processorFit.js';
import { isBelow } from './container.js';
import { typesIn, volumeKeyProblem } from './volumeKey.js';

type Rule = (request: CreateProcessingJobRequest) => string | undefined;

const ROOT = '/opt/ml/processing/';

const namesItsInstances: Rule = ({ ProcessingResources }) => {
  const { InstanceType, InstanceCount, InstancePreferences } = ProcessingResources?.ClusterConfig ?? {};
  if ((InstanceType === undefined) === (InstancePreferences === undefined)) {
    return 'ClusterConfig: specify exactly one of InstanceType and InstancePreferences.';
  }
  if (InstanceType && InstanceCount === undefined) return 'ClusterConfig: InstanceCount is required with InstanceType.';
  return (InstanceCount ?? 1) > 1
    ? `ClusterConfig: ${InstanceCount} instances; the local SageMaker has one machine.`
    : undefined;
};

const encryptsWhatItMay: Rule = ({ ProcessingResources }) => {
  const { VolumeKmsKeyId, ...types } = ProcessingResources?.ClusterConfig ?? {};
  return volumeKeyProblem(VolumeKmsKeyId, typesIn(types));
};

const hasAnEntrypoint: Rule = ({ AppSpecification }) =>
  AppSpecification?.ContainerEntrypoint
    ? undefined
    : 'AppSpecification: ContainerEntrypoint is required by the local SageMaker, which pulls no image and so has no entrypoint of its own.';

const inputsAreS3Files: Rule = ({ ProcessingInputs = [] }) => {
  for (const { InputName, S3Input, AppManaged } of ProcessingInputs) {
    if (!S3Input) return `ProcessingInput '${InputName}': the local SageMaker reads S3Input only.`;
    if (S3Input.S3DataType !== 'S3Prefix') {
      return `ProcessingInput '${InputName}': the local SageMaker reads S3DataType S3Prefix only, not ${S3Input.S3DataType}.`;
    }
    if (S3Input.S3InputMode === 'Pipe')
      return `ProcessingInput '${InputName}': the local SageMaker has no Pipe mode; use File.`;
    const problem = badPath(`ProcessingInput '${InputName}'`, S3Input.LocalPath, AppManaged);
    if (problem) return problem;
  }
  return undefined;
};

const outputsAreS3Files: Rule = ({ ProcessingOutputConfig }) => {
  for (const { OutputName, S3Output, AppManaged } of ProcessingOutputConfig?.Outputs ?? []) {
    if (!S3Output) return `ProcessingOutput '${OutputName}': the local SageMaker writes S3Output only.`;
    const problem = badPath(`ProcessingOutput '${OutputName}'`, S3Output.LocalPath, AppManaged);
    if (problem) return problem;
  }
  return undefined;
};

const namesDiffer: Rule = ({ ProcessingInputs = [], ProcessingOutputConfig }) => {
  const outputs = (ProcessingOutputConfig?.Outputs ?? []).map(({ OutputName }) => OutputName);
  const inputs = ProcessingInputs.map(({ InputName }) => InputName);
  const twice = repeated(inputs) ?? repeated(outputs);
  return twice && `The name '${twice}' is used by more than one processing input or output.`;
};

const imageFitsItsInstances: Rule = ({ AppSpecification, ProcessingResources }) => {
  const { InstanceType, InstancePreferences = [] } = ProcessingResources?.ClusterConfig ?? {};
  for (const type of [InstanceType, ...InstancePreferences.map((choice) => choice.InstanceType)]) {
    const problem = type && processorProblem(AppSpecification?.ImageUri ?? '', type);
    if (problem) return problem;
  }
  return undefined;
};

const RULES: Rule[] = [
  namesItsInstances,
  encryptsWhatItMay,
  hasAnEntrypoint,
  inputsAreS3Files,
  outputsAreS3Files,
  namesDiffer,
  imageFitsItsInstances,
];

/** @throws ValidationException with the first rule that is broken, one at a time like AWS */
export function requireProcessable(request: CreateProcessingJobRequest): void {
  for (const rule of RULES) {
    const problem = rule(request);
    if (problem) throw invalid(problem);
  }
}

function badPath(what: string, path: string | undefined, appManaged = false): string | undefined {
  if (path === undefined) return appManaged ? undefined : `${what}: LocalPath is required.`;
  return isBelow(ROOT, path) ? undefined : `${what}: LocalPath '${path}' must be a folder below ${ROOT}`;
}

const repeated = (names: (string | undefined)[]): string | undefined =>
  names.find((name, index) => names.indexOf(name) !== index);
