/**
 * What AWS's errors mean: one table, first match wins. A ValidationException is told apart by its text, in this order: already
 * there, not visible to the role, not in its place, not there, wrong state, a bug of ours.
 * @module
 */
import type { FailureType } from '../spec/failures.js';

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
  | 'misplaced'
  | 'model'
  | 'transient'
  | 'bug';

export interface AwsError {
  name: string;
  message: string;
  status?: number;
  /** Where S3 says that the bucket is, when it is asked elsewhere. */
  bucketRegion?: string;
}

export interface Row {
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
export const NO_REGION = /region is missing/i;

export const AWS_ERRORS: readonly Row[] = [
  { class: 'adopt', failure: 'NameTaken', matches: validation(/already exist/i) },
  { class: 'adopt', failure: 'NameTaken', matches: named(/^ResourceInUse$|^ConflictException$/) },
  {
    class: 'propagation',
    failure: 'AccessDenied',
    matches: validation(/could not assume role|cannot be assumed|unable to assume/i),
  },
  // SageMaker looks at what a request names with the role that it is handed. A policy is slow to arrive there too.
  {
    class: 'propagation',
    failure: 'AccessDenied',
    mend: 'check that something lies there, in the region of the run, and that the role of ATTUNE_ROLE_ARN may s3:ListBucket and s3:GetObject it (InputArns of deploy/attune.yaml)',
    matches: validation(/no s3 objects found under|could not access (model data|.*s3:\/\/)/i),
  },
  {
    class: 'propagation',
    failure: 'AccessDenied',
    mend: 'let the repository and the role of ATTUNE_ROLE_ARN (ImageArns of deploy/attune.yaml) grant ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and ecr:BatchCheckLayerAvailability',
    matches: validation(/does not grant ecr:|does not have .*(ecr:|BatchGetImage|GetDownloadUrlForLayer)/i),
  },
  {
    class: 'propagation',
    failure: 'AccessDenied',
    matches: validation(/not authorized to perform|access denied/i),
  },
  {
    class: 'misplaced',
    failure: 'NotFound',
    mend: 'correct the imageUri in the spec: an ECR image of this region, with a tag that exists',
    matches: validation(/(requested|ecr) (image|repository).*(not found|not exist)|using non-ecr image/i),
  },
  {
    class: 'misplaced',
    failure: 'NotFound',
    mend: 'correct deploy.rollout.alarms, or make the alarm in the region of the endpoint',
    matches: (e) =>
      /^AlarmNotFound/.test(e.name) ||
      (validation(/alarm/i)(e) && /not (be )?found|not exist|could not find/i.test(e.message)),
  },
  {
    class: 'misplaced',
    failure: 'NotFound',
    mend: "check the key's name, region and state in spec.encryption, and that its policy lets this role use it",
    matches: named(/^KMS\.|^KMS(Disabled|NotFound|InvalidState|InvalidKeyUsage)/),
  },
  {
    class: 'misplaced',
    failure: 'NotConfigured',
    mend: 'SageMaker reads and writes buckets of its own region alone: set AWS_REGION to that of the bucket, or use a bucket of this region',
    matches: (e) =>
      /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/.test(e.name) ||
      e.status === 301 ||
      validation(/bucket.*(different|another|same) region/i)(e),
  },
  {
    class: 'misplaced',
    failure: 'NotFound',
    mend: 'check data.questions.model: many models are reached by an inference profile alone, whose id begins with the group of regions (us., eu., apac.)',
    matches: validation(/model identifier is invalid|on-demand throughput|model .*(not|n't) support/i),
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
    matches: named(/^((Resource|Object|Parameter)?NotFound(Exception)?|NoSuchKey)$/),
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
      /^(Internal(Failure|Serv(er|ice)(Error|Exception)|Error)|ConcurrentUpdateException|ServiceUnavailable(Exception)?|Model(Timeout|Error)Exception|TimeoutError|NetworkingError|AbortError)$/.test(
        e.name,
      ) ||
      /ECONN|EPIPE|ETIMEDOUT|socket hang up|fetch failed/i.test(`${e.name} ${e.message}`),
  },
  {
    class: 'bug',
    failure: 'RequestRefused',
    mend: "have SES verify the sender, and each recipient too while the account is in SES's sandbox",
    matches: named(
      /^(MessageRejected|MailFromDomainNotVerifiedException|SendingPausedException|AccountSuspendedException)$/,
    ),
  },
  {
    class: 'bug',
    failure: 'RequestRefused',
    matches: named(
      /^(Validation(Exception|Error)|SerializationException|InvalidParameter(Value)?(Exception)?|BadRequestException)$/,
    ),
  },
];
