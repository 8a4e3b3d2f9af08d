/**
 * The processing jobs: prepare and evaluate.
 * @module
 */
import type {
  CreateProcessingJobCommandInput,
  ProcessingInput,
  ProcessingInstanceType,
} from '@aws-sdk/client-sagemaker';
import { claimsS3, dataInputsOf, folderOf } from '../../spec/sources.js';
import { computeOf, STAGES, type ProcessingStage } from '../../spec/stages.js';
import { processingJobName } from '../names.js';
import { copiesFor } from '../../run/base.js';
import { baseFilesOf, filesOf, SPEC_FILE } from '../../run/files.js';
import type { BaseCopy, Run } from '../../run/run.js';
import { clusterOf, volumeKeyOf } from './cluster.js';
import { baseVariablesOf, jobEnvironment, WHEELHOUSE } from './environment.js';
import { encryptsTraffic, named, vpcOf, type JobTerms, type Named, type Unnamed } from './named.js';
import { experimentConfigOf } from './tracking.js';

const INPUT = '/opt/ml/processing/input';
const OUTPUT = '/opt/ml/processing/output';

export function prepareRequest(run: Run, terms: JobTerms): Named<CreateProcessingJobCommandInput> {
  const inputs = dataInputsOf(run.spec).map(({ channel, source }) => s3Input(channel, source));
  const copies = copiesFor(run);
  const environment: Record<string, string> = copies === undefined ? {} : { ATTUNE_BASES: copies };
  const output = { name: 'data', to: filesOf(run).data };
  return processing(run, 'prepare', terms, { inputs, output, environment, base: run.base });
}

export interface Evaluated {
  /** model.tar.gz of the candidate, and of the model in service where there is one. */
  candidate: string;
  incumbent?: string;
  /** The copy of the base, where there is one. */
  base?: BaseCopy;
  /** What happened on the way, for the report. */
  notices?: readonly string[];
}

export function evaluateRequest(
  run: Run,
  terms: JobTerms,
  { candidate, incumbent, base, notices = [] }: Evaluated,
): Named<CreateProcessingJobCommandInput> {
  const files = filesOf(run);
  const inputs = [
    s3Input('test', files.test),
    s3Input('corpus', files.corpus),
    s3Input('candidate', candidate),
    ...(incumbent === undefined ? [] : [s3Input('incumbent', incumbent)]),
    // With the training pairs, to tell which of the guards' questions were trained on. SageMaker takes ten inputs.
    ...(run.spec.gate.guards.length === 0 ? [] : [s3Input('guards', files.guards), s3Input('train', files.train)]),
    ...(run.spec.tune ? [s3Input('trials', files.trials)] : []),
  ];
  const output = { name: 'evaluation', to: files.evaluation };
  return processing(run, 'evaluate', terms, { inputs, output, base, words: variablesOf(notices) });
}

export interface ComparedBase {
  /** From 0, in the order of the spec's `bases`. */
  index: number;
  /** Whether there are reports on other ones already. */
  hasEarlier: boolean;
  /** model.tar.gz of the model in service, where it is asked too. */
  incumbent?: string;
  /** The copy of the base, where there is one. */
  copy?: BaseCopy;
}

/** Without a candidate: one of the bases that are compared. */
export function baseRequest(
  run: Run,
  terms: JobTerms,
  { index, hasEarlier, incumbent, copy }: ComparedBase,
): Named<CreateProcessingJobCommandInput> {
  const files = filesOf(run);
  const inputs = [
    s3Input('test', files.test),
    s3Input('corpus', files.corpus),
    ...(incumbent === undefined ? [] : [s3Input('incumbent', incumbent)]),
    ...(hasEarlier ? [s3Input('earlier', files.bases)] : []),
  ];
  const output = { name: 'evaluation', to: baseFilesOf(run, index).folder };
  const asBase = { ...run, spec: { ...run.spec, base: run.spec.bases![index]! } };
  const environment = { ATTUNE_COMPARED_BASE: String(index) };
  return processing(asBase, 'evaluate', terms, { inputs, output, environment, base: copy });
}

/** SageMaker's limit on a variable's value; its limit on variables is far away. */
const VALUE_LENGTH = 256;
const MOST_NOTICES = 20;

/**
 * `ATTUNE_NOTICE_01` and so on, for the report: the newest ones, where there are many. A job is the same whatever they say:
 * which there are, and in which order, differs from try to try of one run.
 */
const variablesOf = (notices: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    notices
      .slice(-MOST_NOTICES)
      .map((notice, i) => [`ATTUNE_NOTICE_${String(i + 1).padStart(2, '0')}`, notice.slice(0, VALUE_LENGTH)]),
  );

interface Processed {
  inputs: ProcessingInput[];
  output: { name: string; to: string };
  base: BaseCopy | undefined;
  environment?: Record<string, string>;
  /** Variables that change nothing of the work. */
  words?: Record<string, string>;
}

function processing(
  run: Run,
  stage: ProcessingStage,
  { attempt, place, limits }: JobTerms,
  { inputs, output, base, environment = {}, words = {} }: Processed,
): Named<CreateProcessingJobCommandInput> {
  const { spec } = run;
  const { volumeGb, environment: given } = computeOf(spec, stage);
  const model = base?.uri ?? (claimsS3(spec.base) ? folderOf(spec.base) : undefined);
  const { outputKmsKeyId } = spec.encryption;
  const request: Unnamed<CreateProcessingJobCommandInput, 'ProcessingJobName'> = {
    RoleArn: run.roleArn,
    AppSpecification: {
      ImageUri: run.images[STAGES[stage].compute],
      ContainerEntrypoint: ['python3', `${INPUT}/code/job.py`],
      ContainerArguments: [stage, '--spec', `${INPUT}/spec/${SPEC_FILE}`, '--input', INPUT, '--output', OUTPUT],
    },
    ProcessingResources: {
      ClusterConfig: {
        ...clusterOf<ProcessingInstanceType>(place, 1),
        VolumeSizeInGB: volumeGb,
        VolumeKmsKeyId: volumeKeyOf(place, spec.encryption),
      },
    },
    ProcessingInputs: [
      s3Input('code', run.code.files),
      s3Input('spec', filesOf(run).spec),
      ...inputs,
      ...(model === undefined ? [] : [s3Input('base', model)]),
      ...(spec.network.wheelhouse ? [s3Input(WHEELHOUSE, folderOf(spec.network.wheelhouse))] : []),
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
    StoppingCondition: { MaxRuntimeInSeconds: limits.maxRuntimeSeconds },
    Environment: {
      ...jobEnvironment(run, given, INPUT),
      ...baseVariablesOf(base),
      ...environment,
      ATTUNE_RUN: run.workflowId.slice(0, 256),
    },
    NetworkConfig: {
      EnableNetworkIsolation: spec.network.isolation,
      EnableInterContainerTrafficEncryption: encryptsTraffic(spec),
      VpcConfig: vpcOf(spec),
    },
  };
  return named<CreateProcessingJobCommandInput>(run, stage, attempt, request, processingJobName, (name) => ({
    ProcessingJobName: name,
    ExperimentConfig: experimentConfigOf(run, stage),
    Environment: { ...request.Environment, ...words },
  }));
}

const s3Input = (name: string, uri: string): ProcessingInput => ({
  InputName: name,
  S3Input: { S3Uri: uri, LocalPath: `${INPUT}/${name}`, S3DataType: 'S3Prefix', S3InputMode: 'File' },
});
