/**
 * The processing jobs: questions, prepare, evaluate, index and embed.
 * @module
 */
import type {
  CreateProcessingJobCommandInput,
  ProcessingInput,
  ProcessingInstanceType,
} from '@aws-sdk/client-sagemaker';
import { claimsS3, dataInputsOf, folderOf, indexInputsOf, inputsToAskFor, type S3Input } from '../../spec/sources.js';
import { computeOf, countOf, STAGES, type ProcessingStage } from '../../spec/stages.js';
import { processingJobName } from '../names.js';
import { copiesFor } from '../../run/base.js';
import { baseFilesOf, filesOf, SPEC_FILE } from '../../run/files.js';
import type { BaseCopy, Run } from '../../run/run.js';
import { indexFilesOf } from '../../run/vectorIndex.js';
import { clusterOf, volumeKeyOf } from './cluster.js';
import { engineToMeasure, type Engine } from '../../spec/engine.js';
import { baseVariablesOf, jobEnvironment, WHEELHOUSE } from './environment.js';
import { encryptsTraffic, named, vpcOf, type JobTerms, type Named, type Unnamed } from './named.js';
import { experimentConfigOf } from './tracking.js';

const INPUT = '/opt/ml/processing/input';
const OUTPUT = '/opt/ml/processing/output';

export function prepareRequest(run: Run, terms: JobTerms): Named<CreateProcessingJobCommandInput> {
  const files = filesOf(run);
  const written = run.spec.data.questions ? [s3Input('questions', files.questionShards)] : [];
  const earlier = run.earlier === undefined ? [] : [s3Input('earlier', run.earlier)];
  const data = dataOf(run, dataInputsOf(run.spec));
  const output = { name: 'data', to: files.data };
  return processing(run, 'prepare', terms, { ...data, inputs: [...data.inputs, ...written, ...earlier], output });
}

/** Chooses the passages for which a language model is to write questions. */
export const passagesRequest = (run: Run, terms: JobTerms): Named<CreateProcessingJobCommandInput> =>
  processing(run, 'questions', terms, {
    ...dataOf(run, inputsToAskFor(run.spec)),
    output: { name: 'questions', to: filesOf(run).passagesToAsk },
  });

/** What a job is given that reads the data as it came. */
function dataOf(
  run: Run,
  read: readonly S3Input[],
): Required<Pick<Processed, 'inputs' | 'environment'>> & Pick<Processed, 'base'> {
  const copies = copiesFor(run);
  return {
    inputs: read.map(({ channel, source }) => s3Input(channel, source)),
    environment: copies === undefined ? {} : { ATTUNE_BASES: copies },
    base: run.base,
  };
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
  const engine = engineToMeasure(run.spec);
  const environment: Record<string, string> = engine === 'float32' ? {} : { ATTUNE_SERVES: engine };
  return processing(run, 'evaluate', terms, { inputs, output, base, environment, words: variablesOf(notices) });
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

export interface Indexed {
  /** model.tar.gz as it serves. */
  model: string;
  /** Folder of what the job leaves, below the run's index/. */
  part: string;
  /** That the endpoint computes vectors by. */
  engine: Engine;
  /** The variables that name the shards that an earlier attempt has left. */
  done: Record<string, string>;
  /** Read anew, instead of the corpus that prepare has left. */
  readsSource: boolean;
  /** S3 URI of the folder with ids and hashes of what the index has already: only the others are embedded. */
  known?: string;
}

/** Embeds every passage. What is whole is uploaded at once, so that another attempt goes on from there. */
export function indexRequest(
  run: Run,
  terms: JobTerms,
  { model, part, engine, done, readsSource, known }: Indexed,
): Named<CreateProcessingJobCommandInput> {
  const passages = readsSource
    ? indexInputsOf(run.spec).map(({ channel, source }) => s3Input(channel, source))
    : [s3Input('corpus', run.corpus ?? filesOf(run).corpus)];
  const inputs = [...passages, s3Input('model', model), ...(known === undefined ? [] : [s3Input('known', known)])];
  const output = { name: 'index', to: indexFilesOf(run, part).folder, grows: true };
  const environment = { ATTUNE_ENGINE: engine, ...(readsSource && { ATTUNE_INDEX_READS: 'source' }) };
  return processing(run, 'index', terms, { inputs, output, base: undefined, environment, words: done });
}

/**
 * Embeds texts, or without a model only cuts them into shards for an endpoint to embed. What is whole is uploaded at once, so that
 * another attempt goes on from there.
 */
export function embedRequest(
  run: Run,
  terms: JobTerms,
  { model, engine, done }: Partial<Pick<Indexed, 'model' | 'engine'>> & Pick<Indexed, 'done'>,
): Named<CreateProcessingJobCommandInput> {
  const inputs = [
    ...dataInputsOf(run.spec).map(({ channel, source }) => s3Input(channel, source)),
    ...(model === undefined ? [] : [s3Input('model', model)]),
  ];
  const output = { name: 'embed', to: run.spec.embed!.output, grows: true };
  const environment: Record<string, string> = engine === undefined ? {} : { ATTUNE_ENGINE: engine };
  return processing(run, 'embed', terms, { inputs, output, base: undefined, environment, words: done });
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
  /** `grows`: what is in it is uploaded while the job runs. */
  output: { name: string; to: string; grows?: boolean };
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
  // What embeds by the package needs no base.
  const inS3 = claimsS3(spec.base) && stage !== 'index' ? folderOf(spec.base) : undefined;
  const model = base?.uri ?? inS3;
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
        ...clusterOf<ProcessingInstanceType>(place, countOf(spec, stage)),
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
          S3Output: {
            S3Uri: output.to,
            LocalPath: `${OUTPUT}/${output.name}`,
            S3UploadMode: output.grows ? 'Continuous' : 'EndOfJob',
          },
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
