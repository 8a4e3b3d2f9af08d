/**
 * What is kept of a tuning job: each decision is on disk before it is carried out, so that a kill neither loses a training
 * job nor launches one twice.
 * @module
 */
import { createHash } from 'node:crypto';
import type {
  CreateHyperParameterTuningJobRequest,
  CreateTrainingJobRequest,
  HyperParameterTrainingJobDefinition,
  HyperParameterTrainingJobSummary,
} from '@aws-sdk/client-sagemaker';
import type { Tag } from '../tags.js';
import type { Observation } from './suggestions.js';

export const TUNING_JOB = 'hyper-parameter-tuning-job';

export type TuningStatus = 'InProgress' | 'Stopping' | 'Completed' | 'Failed' | 'Stopped';

/** Times in milliseconds since the epoch. */
export interface TuningRecord {
  name: string;
  arn: string;
  createdAt: number;
  modifiedAt: number;
  endedAt?: number;
  request: Omit<CreateHyperParameterTuningJobRequest, 'Tags'>;
  /** As given at its creation: its training jobs get the same. */
  tags: Tag[];
  /** RandomSeed, or one of our own. */
  seed: number;
  status: TuningStatus;
  failureReason?: string;
  trials: Trial[];
  /** What the parents of a warm start found; kept here, since a parent may be deleted. */
  learned: Observation[];
  /** The best training job of the parents. */
  parentsBest?: Summary;
  /** Why no further training job is launched: how the tuning job ends once the running ones have ended. */
  ending?: Ending;
  /** When the search was first seen to have converged. */
  convergedAt?: number;
}

export interface Ending {
  status: 'Completed' | 'Failed' | 'Stopped';
  failureReason?: string;
}

/** A training job as its tuning job lists it, and as it goes over the wire: times in epoch seconds. */
export type Summary = {
  [Member in keyof HyperParameterTrainingJobSummary]: HyperParameterTrainingJobSummary[Member] extends Date | undefined
    ? number | undefined
    : HyperParameterTrainingJobSummary[Member];
};

/** One training job, from the decision on. */
export interface Trial {
  name: string;
  /** As the training job gets them: numbers as text, categories as they were given. */
  parameters: Record<string, string>;
  launched: boolean;
  /** Of Hyperband: how many of its rungs this one has passed. */
  rungs: number;
  /** Its last state, once it has ended: a training job may be deleted. */
  end?: { summary: Summary; curve: number[] };
}

export const isOver = ({ status }: TuningRecord): boolean => status !== 'InProgress' && status !== 'Stopping';

export const configOf = ({ request }: TuningRecord) => request.HyperParameterTuningJobConfig!;

export const definitionOf = ({
  request,
}: Pick<TuningRecord, 'request'>): Partial<HyperParameterTrainingJobDefinition> => request.TrainingJobDefinition ?? {};

export const objectiveOf = (record: TuningRecord) => configOf(record).HyperParameterTuningJobObjective!;

export const isBetter = (record: TuningRecord, one: number, other: number): boolean =>
  objectiveOf(record).Type === 'Maximize' ? one > other : one < other;

/** `<tuning job>-NNN-xxxxxxxx`, the same for the same record: who decides again after a kill decides on the same name. */
export function trialName({ name, createdAt }: Pick<TuningRecord, 'name' | 'createdAt'>, index: number): string {
  const ordinal = String(index + 1).padStart(3, '0');
  const suffix = createHash('sha256').update(`${name} ${createdAt} ${ordinal}`).digest('hex').slice(0, 8);
  return `${name}-${ordinal}-${suffix}`;
}

/** The request that launches a trial. */
export function trainingRequest(
  { request, tags }: Pick<TuningRecord, 'request' | 'tags'>,
  { name, parameters }: Pick<Trial, 'name' | 'parameters'>,
): CreateTrainingJobRequest {
  const {
    StaticHyperParameters,
    HyperParameterTuningResourceConfig,
    ResourceConfig,
    DefinitionName: _definitionName,
    TuningObjective: _tuningObjective,
    HyperParameterRanges: _hyperParameterRanges,
    ...definition
  } = definitionOf({ request });
  const {
    VolumeKmsKeyId,
    InstanceConfigs: [first] = [],
    AllocationStrategy: _strategy,
    ...single
  } = HyperParameterTuningResourceConfig ?? {};
  const objective = request.HyperParameterTuningJobConfig?.HyperParameterTuningJobObjective;
  return {
    ...definition,
    TrainingJobName: name,
    RoleArn: definition.RoleArn,
    OutputDataConfig: definition.OutputDataConfig,
    ResourceConfig: ResourceConfig ?? { ...(first ?? single), VolumeKmsKeyId },
    HyperParameters: {
      ...StaticHyperParameters,
      ...parameters,
      ...(objective?.MetricName && { _tuning_objective_metric: objective.MetricName }),
    },
    ...(tags.length > 0 && { Tags: tags }),
  };
}
