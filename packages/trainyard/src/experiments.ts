/**
 * Experiments and their trials, by name: what a job's ExperimentConfig may point to.
 * @module
 */
import type { ExperimentConfig } from '@aws-sdk/client-sagemaker';
import { arnOf, seconds, type Context, type Operations } from './context.js';
import { AwsError, invalid } from './errors.js';
import { putTags, type Tag } from './tags.js';

interface ExperimentRecord {
  ExperimentName: string;
  ExperimentArn: string;
  DisplayName?: string;
  Description?: string;
  CreationTime: number;
  LastModifiedTime: number;
}

interface TrialRecord {
  TrialName: string;
  TrialArn: string;
  DisplayName?: string;
  ExperimentName: string;
  MetadataProperties?: object;
  CreationTime: number;
  LastModifiedTime: number;
}

const EXPERIMENT = 'experiment';
const TRIAL = 'experiment-trial';

export const experimentOperations: Operations = {
  CreateExperiment({ Tags, ...input }: Tagged<ExperimentRecord>, context) {
    requireNew(context, EXPERIMENT, input.ExperimentName);
    const ExperimentArn = arnOf(context, EXPERIMENT, input.ExperimentName);
    putTags(context, ExperimentArn, Tags);
    context.store.put(EXPERIMENT, input.ExperimentName, { ...input, ExperimentArn, ...timesOf(context) });
    return { ExperimentArn };
  },

  DescribeExperiment: ({ ExperimentName }: ExperimentRecord, context) => ({
    DisplayName: ExperimentName,
    ...experimentOf(context, ExperimentName),
  }),

  CreateTrial({ Tags, ...input }: Tagged<TrialRecord>, context) {
    experimentOf(context, input.ExperimentName);
    requireNew(context, TRIAL, input.TrialName);
    const TrialArn = arnOf(context, TRIAL, input.TrialName);
    putTags(context, TrialArn, Tags);
    context.store.put(TRIAL, input.TrialName, { ...input, TrialArn, ...timesOf(context) });
    return { TrialArn };
  },

  DescribeTrial: ({ TrialName }: TrialRecord, context) => ({ DisplayName: TrialName, ...trialOf(context, TrialName) }),
};

/**
 * What a job's configuration names is there, and is all that is kept here: the job is found by its own Describe.
 *
 * @throws ResourceNotFound for a name that is not there; ValidationException for what is not kept
 */
export function requireExperiment(context: Context, config: ExperimentConfig | undefined): void {
  if (config === undefined) return;
  const { ExperimentName, TrialName, RunName } = config;
  if (RunName !== undefined) throw invalid('ExperimentConfig: the local SageMaker keeps no RunName; name a TrialName.');
  if (TrialName === undefined)
    throw invalid('ExperimentConfig: the local SageMaker makes no trial by itself; name a TrialName.');
  if (ExperimentName !== undefined) experimentOf(context, ExperimentName);
  const trial = trialOf(context, TrialName);
  if (ExperimentName !== undefined && trial.ExperimentName !== ExperimentName)
    throw invalid(`ExperimentConfig: trial ${TrialName} is of experiment ${trial.ExperimentName}.`);
}

type Tagged<Record> = Record & { Tags?: Tag[] };

function timesOf(context: Context) {
  const now = seconds(context.now());
  return { CreationTime: now, LastModifiedTime: now };
}

const experimentOf = (context: Context, name: string): ExperimentRecord =>
  context.store.get<ExperimentRecord>(EXPERIMENT, name) ?? missing('Experiment', name);

const trialOf = (context: Context, name: string): TrialRecord =>
  context.store.get<TrialRecord>(TRIAL, name) ?? missing('Trial', name);

function missing(what: string, name: string): never {
  throw new AwsError('ResourceNotFound', `${what} '${name}' does not exist.`);
}

/** Both kinds are refused by a ValidationException that says "already exists": the SageMaker Python SDK goes by it. */
function requireNew(context: Context, kind: 'experiment' | 'experiment-trial', name: string): void {
  if (context.store.get(kind, name) === undefined) return;
  throw invalid(`${arnOf(context, kind, name)} already exists: names are unique within an AWS account and region.`);
}
