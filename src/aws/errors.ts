/**
 * AWS's errors for the worker and for the command line: in words for people, and as Temporal's failures.
 * @module
 */
import { ApplicationFailure } from '@temporalio/common';
import { fail, FAILURES, type FailureType } from '../spec/failures.js';
import { AWS_ERRORS, NO_REGION, type AwsClass, type AwsError, type Row } from './errorTable.js';

/** Name and text of whatever an AWS client threw; undefined for anything that did not come from one. */
export function asAwsError(error: unknown): AwsError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata, $response, code } = error as Error & {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number; headers?: Record<string, string> };
    code?: unknown;
  };
  const isSocket = typeof code === 'string';
  const isOfTheSdk = /Provider|^(Timeout|Abort)Error$/.test(error.name) || NO_REGION.test(error.message);
  if ($metadata === undefined && !isSocket && !isOfTheSdk) return undefined;
  return {
    name: isSocket && error.name === 'Error' ? code : error.name,
    message: error.message || (error instanceof AggregateError ? String(error.errors[0]) : ''),
    status: $metadata?.httpStatusCode ?? $response?.statusCode,
    bucketRegion: $response?.headers?.['x-amz-bucket-region'],
  };
}

const rowOf = (found: AwsError): Row | undefined => AWS_ERRORS.find(({ matches }) => matches(found));

export function classify(error: unknown): AwsClass | undefined {
  const found = asAwsError(error);
  return found && rowOf(found)?.class;
}
/** A refusal that minutes may mend: a new policy is slow to arrive, credentials are between two renewals. */
export const mayPass = (error: unknown): boolean => ['propagation', 'expired', 'unset'].includes(classify(error) ?? '');
/** Somebody has to renew or to grant something: it does not pass by itself. */
export const needsAPerson = (error: unknown): boolean =>
  ['expired', 'unset', 'denied', 'propagation'].includes(classify(error) ?? '');
export const isAlreadyThere = (error: unknown): boolean => classify(error) === 'adopt';
export const isNotFound = (error: unknown): boolean => classify(error) === 'notFound';
export const isWrongState = (error: unknown): boolean => classify(error) === 'wrongState';

/** Undefined where what is asked for is not there. */
export async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export interface Patience {
  /** Since this call was refused first. */
  elapsedMs?: number;
  /** How long a refusal that may pass is tried again: a new role or policy needs minutes to be known everywhere. */
  propagationMs?: number;
  /** Until the next attempt, whatever refuses this one: for looks, which change nothing and are repeated as long as it takes. */
  insistsAfterMs?: number;
  /** Until the next attempt where there are no credentials, or none that AWS takes any more. */
  awaitsCredentialsMs?: number;
  /** Until the next attempt where other jobs must end first. Default a minute; 0: this call does not wait for them. */
  quotaRetryMs?: number;
}

export interface InWords {
  type: FailureType;
  /** What was being done, and AWS's own words. */
  message: string;
  /** The next step. */
  mend: string;
}

/**
 * An AWS error as a person reads it, whoever met it; undefined for what is not from AWS.
 *
 * @param doing  what was being done, to which resource: "starting training job attune-x-train-1a2b"
 */
export function inWords(error: unknown, doing: string): InWords | undefined {
  const found = asAwsError(error);
  if (found === undefined) return undefined;
  const row = rowOf(found);
  const type = row?.failure ?? 'Unexpected';
  const place = row?.class === 'misplaced' && found.bucketRegion ? `; the bucket is in ${found.bucketRegion}` : '';
  const message = `${doing}: ${found.name} (${shortened(found.message)})${place}`;
  return {
    type,
    message: type === 'AccessDenied' ? withAction(message, found) : message,
    mend: row?.mend ?? FAILURES[type].mend,
  };
}

/**
 * The only bridge from AWS's errors to Temporal's failures.
 *
 * @param doing  as for `inWords`
 */
export function toFailure(error: unknown, doing: string, patience: Patience = {}): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const found = asAwsError(error);
  const words = inWords(error, doing);
  const cause = error instanceof Error ? error : undefined;
  if (!found || !words) return fail('Unexpected', `${doing}: ${cause?.message ?? String(error)}`, cause);

  const { type, message, mend } = words;
  const kind = classify(error);
  const { insistsAfterMs, awaitsCredentialsMs } = patience;
  if (insistsAfterMs !== undefined) {
    const retryInMs = kind === 'throttle' ? jittered(15_000) : jittered(insistsAfterMs);
    return fail(type, `${message}; asked again until AWS answers`, {
      mend: mendOfWorker(kind, mend),
      cause,
      retryInMs,
    });
  }
  if (awaitsCredentialsMs !== undefined && isWithoutCredentials(kind)) {
    return fail(type, message, { mend: mendOfWorker(kind, mend), cause, retryInMs: awaitsCredentialsMs });
  }
  switch (kind) {
    case 'expired':
    case 'unset':
    case 'propagation': {
      const left = leftMs(patience);
      if (left <= 0) return fail(type, message, { mend, cause });
      const hope = isWithoutCredentials(kind)
        ? 'tried again in case new ones are on their way'
        : 'tried again in case the permission is only slow to arrive';
      return fail(type, `${message}; ${hope}`, { mend, cause, retryInMs: Math.min(10_000, left) });
    }
    case 'quota':
      return canNeverPass(found) || patience.quotaRetryMs === 0
        ? fail(type, message, { mend, cause, details: [quotaOf(found)] })
        : fail('WaitingForQuota', `waiting for quota: ${message}`, {
            cause,
            retryInMs: patience.quotaRetryMs ?? 60_000,
          });
    case 'throttle':
      return fail(type, message, { mend, cause, retryInMs: jittered(15_000) });
    default:
      return fail(type, message, { mend, cause });
  }
}

const isWithoutCredentials = (kind?: AwsClass): boolean => kind === 'expired' || kind === 'unset';

/** Of what is tried again: who has to do what, so that it passes. */
function mendOfWorker(kind: AwsClass | undefined, mend: string): string {
  if (isWithoutCredentials(kind)) return "renew the worker's AWS credentials; the run then continues by itself";
  const isRefused = kind === 'denied' || kind === 'propagation';
  return isRefused ? "grant the action to the worker's role; the run then continues by itself" : mend;
}

const leftMs = ({ elapsedMs = 0, propagationMs = 0 }: Patience): number => propagationMs - elapsedMs;

export interface QuotaRefusal {
  /** The type whose quota it is, where AWS's sentence names it. */
  instanceType?: string;
  /** Other jobs that end would free it. */
  waitable: boolean;
}

const quotaOf = (found: AwsError): QuotaRefusal => ({
  instanceType: /'(ml\.[a-z0-9.-]+) for/.exec(found.message)?.[1],
  waitable: !canNeverPass(found),
});

/** "The account-level service limit '…' is 0 Instances, … and a request delta of 1", of whatever unit: no waiting helps when limit < delta. */
function canNeverPass({ message }: AwsError): boolean {
  const limit = /limit '[^']*' is ([\d.]*\d)/i.exec(message)?.[1];
  const delta = /request delta of ([\d.]*\d)/i.exec(message)?.[1];
  return limit !== undefined && delta !== undefined && Number(limit) < Number(delta);
}

/** Names the action that is missing, where AWS's sentence does. */
function withAction(message: string, found: AwsError): string {
  const action = /not authorized to perform:? ([a-z0-9-]+:\w+)/i.exec(found.message)?.[1];
  return action ? `${message}. The missing action is ${action}` : message;
}

const jittered = (ms: number): number => Math.round(ms * (0.75 + Math.random() / 2));

/** The server keeps 4 KB of a pending activity's failure, and a person reads one line of it. */
const shortened = (text: string): string => (text.length > 600 ? `${text.slice(0, 597)}...` : text);
