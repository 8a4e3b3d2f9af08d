/**
 * What AWS's errors mean: one table, first match wins. A ValidationException is told apart by its text, in this order:
 * already there, not there, wrong state, not yet visible, a bug of ours.
 * @module
 */
import { ApplicationFailure } from '@temporalio/common';
import { fail, type FailureType } from '../spec/failures.js';

/** What a caller does about it. */
export type AwsClass =
  | 'adopt'
  | 'notFound'
  | 'wrongState'
  | 'propagation'
  | 'throttle'
  | 'quota'
  | 'expired'
  | 'denied'
  | 'transient'
  | 'bug';

export interface AwsError {
  name: string;
  message: string;
  status?: number;
}

interface Row {
  class: AwsClass;
  failure: FailureType;
  /** How long the failure is retried although it is final in the table of failures; see `propagationMs`. */
  matches: (error: AwsError) => boolean;
}

const validation = (pattern: RegExp) => (e: AwsError) =>
  /^Validation(Exception|Error)$/.test(e.name) && pattern.test(e.message);
const named = (pattern: RegExp) => (e: AwsError) => pattern.test(e.name);

export const AWS_ERRORS: readonly Row[] = [
  { class: 'adopt', failure: 'NameTaken', matches: validation(/already exist/i) },
  { class: 'adopt', failure: 'NameTaken', matches: named(/^ResourceInUse$|^ConflictException$/) },
  {
    class: 'propagation',
    failure: 'AccessDenied',
    matches: validation(/could not assume role|cannot be assumed|unable to assume/i),
  },
  {
    class: 'notFound',
    failure: 'NotFound',
    matches: validation(/could not find|not found|does not exist|can't find/i),
  },
  {
    class: 'notFound',
    failure: 'NotFound',
    matches: named(/^((Resource|Object)NotFound(Exception)?|NotFound|NoSuch(Key|Bucket))$/),
  },
  {
    class: 'wrongState',
    failure: 'RequestRefused',
    matches: validation(/is in status|in-progress endpoint|cannot update|cannot delete/i),
  },
  {
    class: 'quota',
    failure: 'QuotaExceeded',
    matches: named(/^(ResourceLimitExceeded|ServiceQuotaExceededException)$/),
  },
  {
    class: 'throttle',
    failure: 'Throttled',
    matches: (e) =>
      /^(Throttling(Exception)?|TooManyRequests(Exception)?|RequestLimitExceeded|LimitExceededException|SlowDown)$/.test(
        e.name,
      ) || e.status === 429,
  },
  {
    class: 'expired',
    failure: 'AccessDenied',
    matches: (e) =>
      /^(ExpiredToken(Exception)?|RequestExpired|UnrecognizedClient(Exception)?|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|InvalidAccessKeyId|CredentialsProviderError|TokenProviderError)$/.test(
        e.name,
      ) || /token.*(is|has) expired/i.test(e.message),
  },
  { class: 'propagation', failure: 'AccessDenied', matches: named(/^(AccessDenied|FailedResourceAccess)Exception$/) },
  {
    class: 'denied',
    failure: 'AccessDenied',
    matches: (e) => /^(AccessDenied|Forbidden)$/.test(e.name) || e.status === 403,
  },
  {
    class: 'transient',
    failure: 'Unavailable',
    matches: (e) =>
      (e.status !== undefined && e.status >= 500) ||
      /^(Internal(Failure|Serv(er|ice)(Error|Exception)|Error)|ConcurrentUpdateException|ServiceUnavailable(Exception)?|TimeoutError|NetworkingError|AbortError)$/.test(
        e.name,
      ) ||
      /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|socket hang up|fetch failed/i.test(`${e.name} ${e.message}`),
  },
  { class: 'bug', failure: 'RequestRefused', matches: named(/^(Validation(Exception|Error)|SerializationException)$/) },
];

/** Name and text of whatever an AWS client threw; undefined for anything that did not come from one. */
export function asAwsError(error: unknown): AwsError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata, $response, code } = error as Error & {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
    code?: unknown;
  };
  const isSocket = typeof code === 'string';
  if ($metadata === undefined && !isSocket && !/Provider/.test(error.name)) return undefined;
  return {
    name: isSocket && error.name === 'Error' ? code : error.name,
    message: error.message || (error instanceof AggregateError ? String(error.errors[0]) : ''),
    status: $metadata?.httpStatusCode ?? $response?.statusCode,
  };
}

export function classify(error: unknown): AwsClass | undefined {
  const found = asAwsError(error);
  return found && AWS_ERRORS.find(({ matches }) => matches(found))?.class;
}
export const isAlreadyThere = (error: unknown): boolean => classify(error) === 'adopt';
export const isNotFound = (error: unknown): boolean => classify(error) === 'notFound';
export const isWrongState = (error: unknown): boolean => classify(error) === 'wrongState';

export interface Patience {
  /** Since this call was refused first. A new role or policy needs minutes to be known everywhere. */
  elapsedMs?: number;
  /** How long a refusal that may only be slow to propagate is tried again. */
  propagationMs?: number;
  /** Until the next attempt where other jobs must end first. Default a minute; 0: this call does not wait for them. */
  quotaRetryMs?: number;
}

/**
 * The only bridge from AWS's errors to Temporal's failures.
 *
 * @param doing  what was being done, to which resource: "starting training job attune-x-train-1a2b"
 */
export function toFailure(error: unknown, doing: string, patience: Patience = {}): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const found = asAwsError(error);
  const cause = error instanceof Error ? error : undefined;
  if (found === undefined) return fail('Unexpected', `${doing}: ${cause?.message ?? String(error)}`, cause);

  const row = AWS_ERRORS.find(({ matches }) => matches(found));
  const message = `${doing}: ${found.name} (${shortened(found.message)})`;
  switch (row?.class) {
    case 'propagation':
      return leftMs(patience) > 0
        ? retryable(
            'AccessDenied',
            `${message}; tried again in case the permission is only slow to arrive`,
            Math.min(10_000, leftMs(patience)),
            cause,
          )
        : fail('AccessDenied', withAction(message, found), cause);
    case 'denied':
      return fail('AccessDenied', withAction(message, found), cause);
    case 'expired':
      return fail(
        'AccessDenied',
        `${message}: the worker's AWS credentials are not valid or have expired; renew them`,
        cause,
      );
    case 'quota':
      return canNeverPass(found) || patience.quotaRetryMs === 0
        ? fail('QuotaExceeded', message, { cause, details: [quotaOf(found)] })
        : retryable('WaitingForQuota', `waiting for quota: ${message}`, patience.quotaRetryMs ?? 60_000, cause);
    case 'throttle':
      return retryable('Throttled', message, jittered(15_000), cause);
    default:
      return fail(row?.failure ?? 'Unexpected', message, cause);
  }
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

/** "The account-level service limit '…' is 0 Instances, … and a request delta of 1": no waiting helps when limit < delta. */
function canNeverPass({ message }: AwsError): boolean {
  const limit = /is (\d+) Instances/i.exec(message)?.[1];
  const delta = /request delta of (\d+)/i.exec(message)?.[1];
  return limit !== undefined && delta !== undefined && Number(limit) < Number(delta);
}

/** Names the action that is missing, where AWS's sentence does. */
function withAction(message: string, found: AwsError): string {
  const action = /not authorized to perform:? ([a-z0-9-]+:\w+)/i.exec(found.message)?.[1];
  return action ? `${message}. The missing action is ${action}` : message;
}

const retryable = (type: FailureType, message: string, nextRetryDelay: number, cause?: Error): ApplicationFailure =>
  ApplicationFailure.create({ type, message, nonRetryable: false, nextRetryDelay, cause });

const jittered = (ms: number): number => Math.round(ms * (0.75 + Math.random() / 2));

/** The server keeps 4 KB of a pending activity's failure, and a person reads one line of it. */
const shortened = (text: string): string => (text.length > 600 ? `${text.slice(0, 597)}...` : text);
