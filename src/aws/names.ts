/**
 * Names of AWS resources: one function per resource, deterministic, so that a retry finds what the first try made.
 * No date and no random number goes in. Lower case only: ARNs carry names lower-cased.
 * @module
 */
import { sha256 } from './hash.js';

/** AWS's limits, in characters. */
export const NAME_LIMIT = {
  trainingJob: 63,
  processingJob: 63,
  tuningJob: 32,
  batchJob: 63,
  model: 63,
  endpointConfig: 63,
  trial: 120,
} as const;

export interface NameKey {
  workflowId: string;
  /** Tells a run from an earlier one with the same workflow id: last 8 hex digits of its first execution's run id. */
  run: string;
  /** The whole of it, and Temporal's namespace: two namespaces of one account never make a resource of one name. */
  runId?: string;
  namespace?: string;
  stage: string;
  /** From 1. */
  attempt: number;
  /** Digest of the request without its name. */
  requestHash: string;
}

export const trainingJobName = (key: NameKey): string => name('trainingJob', key);
export const processingJobName = (key: NameKey): string => name('processingJob', key);
/** SageMaker names its training jobs after it. */
export const tuningJobName = (key: NameKey): string => name('tuningJob', key);
/** Of Amazon Bedrock. */
export const batchJobName = (key: NameKey): string => name('batchJob', key);
export const modelName = (key: NameKey): string => name('model', key);
export const endpointConfigName = (key: NameKey): string => name('endpointConfig', key);

/** Of a run's trial in an experiment. */
export const trialName = ({ workflowId, run, runId, namespace }: Omit<NameKey, 'stage' | 'attempt' | 'requestHash'>) =>
  name('trial', { workflowId, run, runId, namespace, stage: 'run', attempt: 1, requestHash: '' });

/** The production variant of every endpoint config, and the scaling policy on it: unique within their endpoint. */
export const VARIANT = 'main';
export const SCALING_POLICY = 'attune-invocations-per-instance';

/** Where the logs of jobs lie: one group a kind, in streams `<job>/…`. */
export const LOG_GROUP = {
  training: '/aws/sagemaker/TrainingJobs',
  processing: '/aws/sagemaker/ProcessingJobs',
} as const;
export const endpointLogGroup = (endpoint: string): string => `/aws/sagemaker/Endpoints/${endpoint}`;

/** Rules for events and permissions filter by this prefix. */
const PREFIX = 'attune';
const DIGEST_LENGTH = 12;

function name(kind: keyof typeof NAME_LIMIT, key: NameKey): string {
  const { workflowId, run, stage, attempt, requestHash, runId, namespace } = key;
  const whole = [runId, namespace].filter((part) => part !== undefined);
  const parts = [kind, workflowId, run, stage, attempt, requestHash, ...whole];
  const digest = sha256(parts.join('\n')).slice(0, DIGEST_LENGTH);
  const tail = `-${slug(stage)}-${digest}`;
  const room = NAME_LIMIT[kind] - PREFIX.length - 1 - tail.length;
  const readable = slug(workflowId.replace(/^finetune\//, ''))
    .slice(0, room)
    .replace(/-+$/, '');
  return readable ? `${PREFIX}-${readable}${tail}` : `${PREFIX}${tail}`;
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
