/**
 * What AWS's errors mean, for the worker and for the command line: one table, first match wins. A ValidationException is
 * told apart by its text, in this order: already there, not there, wrong state, not yet visible, a bug of ours.
 * @module
 */
import { ApplicationFailure } from '@temporalio/common';
import { fail, FAILURES, type FailureType } from '../spec/failures.js';

/** What a caller does about it. */
export type AwsClass =
  | 'adopt'
  | 'notFound'
  | 'wrongState'
  | 'propagation'
  | 'throttle'
  | 'quota'
  | 'expired'
  | 'unset'
  | 'denied'
  | 'model'
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
  /** The next step, where this row knows a nearer one than the table of failures. */
  mend?: string;
  matches: (error: AwsError) => boolean;
}

const validation = (pattern: RegExp) => (e: AwsError) =>
  /^Validation(Exception|Error)$/.test(e.name) && pattern.test(e.message);
const named = (pattern: RegExp) => (e: AwsError) => pattern.test(e.name);
/** The SDK's own words, in a plain Error. */
const NO_REGION = /region is missing/i;

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
    mend: "check the bucket's name, region and account; uploads go to ATTUNE_BUCKET",
    matches: named(/^NoSuchBucket$/),
  },
  {
    class: 'notFound',
    failure: 'NotFound',
    matches: named(/^((Resource|Object)NotFound(Exception)?|NotFound|NoSuchKey)$/),
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
    mend: "renew the AWS credentials in use: the worker's, where a run says this",
    matches: (e) =>
      /^(ExpiredToken(Exception)?|RequestExpired|UnrecognizedClient(Exception)?|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|InvalidAccessKeyId|TokenProviderError)$/.test(
        e.name,
      ) || /(token|session).*(is|has) expired/i.test(e.message),
  },
  {
    class: 'unset',
    failure: 'AccessDenied',
    mend: 'set AWS credentials, or for a running local stack: eval "$(attune env)"',
    matches: named(/^CredentialsProviderError$/),
  },
  {
    class: 'unset',
    failure: 'NotConfigured',
    mend: 'set AWS_REGION, or a region in the profile, or for a running local stack: eval "$(attune env)"',
    matches: (e) => NO_REGION.test(e.message),
  },
  { class: 'propagation', failure: 'AccessDenied', matches: named(/^(AccessDenied|FailedResourceAccess)Exception$/) },
  {
    class: 'denied',
    failure: 'AccessDenied',
    matches: (e) => /^(AccessDenied|Forbidden)$/.test(e.name) || e.status === 403,
  },
  // Of an endpoint's container: AWS hands its answer on.
  { class: 'model', failure: 'EndpointFailed', matches: named(/^ModelError$/) },
  {
    class: 'transient',
    failure: 'Unavailable',
    mend: 'check the AWS_ENDPOINT_URL_* variables and that something answers there; a run tries again by itself',
    matches: (e) => /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(`${e.name} ${e.message}`),
  },
  {
    class: 'transient',
    failure: 'Unavailable',
    matches: (e) =>
      (e.status !== undefined && e.status >= 500) ||
      /^(Internal(Failure|Serv(er|ice)(Error|Exception)|Error)|ConcurrentUpdateException|ServiceUnavailable(Exception)?|TimeoutError|NetworkingError|AbortError)$/.test(
        e.name,
      ) ||
      /ECONN|EPIPE|ETIMEDOUT|socket hang up|fetch failed/i.test(`${e.name} ${e.message}`),
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
  const isOfTheSdk = /Provider|^(Timeout|Abort)Error$/.test(error.name) || NO_REGION.test(error.message);
  if ($metadata === undefined && !isSocket && !isOfTheSdk) return undefined;
  return {
    name: isSocket && error.name === 'Error' ? code : error.name,
    message: error.message || (error instanceof AggregateError ? String(error.errors[0]) : ''),
    status: $metadata?.httpStatusCode ?? $response?.statusCode,
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
  const message = `${doing}: ${found.name} (${shortened(found.message)})`;
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
  if (isWithoutCredentials(kind)) return "renew the worker's AWS credentials; the run then goes on by itself";
  const isRefused = kind === 'denied' || kind === 'propagation';
  return isRefused ? "grant the action to the worker's role; the run then goes on by itself" : mend;
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

const jittered = (ms: number): number => Math.round(ms * (0.75 + Math.random() / 2));

/** The server keeps 4 KB of a pending activity's failure, and a person reads one line of it. */
const shortened = (text: string): string => (text.length > 600 ? `${text.slice(0, 597)}...` : text);
