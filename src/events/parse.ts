/**
 * EventBridge envelopes of SageMaker and Bedrock, in all their shapes, down to what a waiting workflow needs: which one, and a hint.
 * @module
 */
import { deployWorkflowId, jobWorkflowId } from '../run/ids.js';
import type { JobStateChanged } from '../run/messages.js';

export type ParsedEvent =
  | { kind: 'change'; workflowId: string; change: JobStateChanged }
  /** A detail type that nobody waits for. */
  | { kind: 'ignored'; detailType: string }
  | { kind: 'malformed'; why: string };

interface Shape {
  /** Whose events they are. Default: aws.sagemaker. */
  source?: string;
  name: string;
  /** Names that the service gives and attune does not. Default: none. */
  foreign?: RegExp;
  status: string;
  /** When it happened, the first that is there. */
  times: readonly string[];
  /** @param where  account and region of the event */
  workflowId: (name: string, where?: string) => string;
}

const SHAPES: Record<string, Shape> = {
  'SageMaker Training Job State Change': {
    name: 'TrainingJobName',
    status: 'TrainingJobStatus',
    times: ['TrainingEndTime', 'LastModifiedTime', 'CreationTime'],
    workflowId: (name) => jobWorkflowId(name),
  },
  'SageMaker Processing Job State Change': {
    name: 'ProcessingJobName',
    status: 'ProcessingJobStatus',
    times: ['ProcessingEndTime', 'LastModifiedTime', 'CreationTime'],
    workflowId: (name) => jobWorkflowId(name),
  },
  'SageMaker HyperParameter Tuning Job State Change': {
    name: 'HyperParameterTuningJobName',
    status: 'HyperParameterTuningJobStatus',
    times: ['LastModifiedTime', 'CreationTime'],
    workflowId: (name) => jobWorkflowId(name),
  },
  'SageMaker Endpoint State Change': {
    name: 'EndpointName',
    status: 'EndpointStatus',
    times: ['LastModifiedTime', 'CreationTime'],
    workflowId: deployWorkflowId,
  },
  'SageMaker Endpoint Deployment State Change': {
    name: 'EndpointName',
    status: 'EndpointStatus',
    times: ['LastModifiedTime', 'CreationTime'],
    workflowId: deployWorkflowId,
  },
  // Source: Bedrock's user guide, "How EventBridge for Amazon Bedrock works". Its creationTime has no zone.
  'Batch Inference Job State Change': {
    source: 'aws.bedrock',
    name: 'batchJobName',
    foreign: /^[a-zA-Z0-9][a-zA-Z0-9+.-]{0,62}$/,
    status: 'status',
    times: [],
    workflowId: (name) => jobWorkflowId(name),
  },
};

/** SageMaker's own limit, to which attune's names of Bedrock's jobs keep too; a longer name is nobody's. */
const NAME = /^(?=.{1,63}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/;
const STATUS = /^[A-Za-z_]{1,40}$/;

/** EventBridge's own limit on an event, in bytes. */
export const MOST_BYTES = 256 * 1024;

/** An event's text as a value; undefined where it is longer than any event, or not JSON. Never throws. */
export function envelopeOf(text: string): unknown {
  if (Buffer.byteLength(text) > MOST_BYTES) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param source  where the event came from: "http", "eventbridge" */
export function parseEvent(envelope: unknown, source: string): ParsedEvent {
  if (!isRecord(envelope)) return malformed('an EventBridge envelope is a JSON object');
  const detailType = envelope['detail-type'];
  if (typeof detailType !== 'string') return malformed('"detail-type" is missing');
  const shape = Object.hasOwn(SHAPES, detailType) ? SHAPES[detailType] : undefined;
  if (shape === undefined || envelope.source !== (shape.source ?? 'aws.sagemaker')) {
    return { kind: 'ignored', detailType };
  }

  const { detail } = envelope;
  if (!isRecord(detail)) return malformed('"detail" is not an object');
  // A trial of a tuning job: nobody waits for it alone, and the tuning job has events of its own.
  if (detail['TuningJobArn']) return { kind: 'ignored', detailType };
  const name = detail[shape.name];
  if (typeof name !== 'string' || !NAME.test(name)) {
    const isForeign = typeof name === 'string' && shape.foreign?.test(name);
    return isForeign ? { kind: 'ignored', detailType } : malformed(`"${shape.name}" is not a name of a resource`);
  }
  const status = detail[shape.status];
  if (typeof status !== 'string' || !STATUS.test(status)) return malformed(`"${shape.status}" is not a status`);

  const at = [...shape.times.map((key) => detail[key]), envelope.time].map(timeOf).find((time) => time !== undefined);
  // Names are compared in lower case: attune gives no others.
  const workflowId = shape.workflowId(name.toLowerCase(), whereIn(envelope));
  return { kind: 'change', workflowId, change: { status: normalised(status), at: at ?? '', source } };
}

/** `IN_SERVICE` as endpoint events have it, `InService` as Describe has it. */
export const normalised = (status: string): string =>
  /^[A-Z]+(_[A-Z]+)*$/.test(status)
    ? status
        .split('_')
        .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
        .join('')
    : status;

/** Milliseconds as text, integer or float, or ISO 8601: to ISO 8601. */
export function timeOf(value: unknown): string | undefined {
  const ms =
    typeof value === 'number'
      ? value
      : typeof value !== 'string'
        ? NaN
        : /^\d+(\.\d+)?$/.test(value)
          ? Number(value)
          : Date.parse(value);
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** Absent where the envelope does not say it as EventBridge does. */
function whereIn({ account, region }: Record<string, unknown>): string | undefined {
  const [of, at] = [account, region].map((one) => (typeof one === 'string' ? one : ''));
  return /^\d{12}$/.test(of!) && /^[a-z0-9-]{1,40}$/.test(at!) ? `${of}/${at}` : undefined;
}

const malformed = (why: string): ParsedEvent => ({ kind: 'malformed', why });
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
