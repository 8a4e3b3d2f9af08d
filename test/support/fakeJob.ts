/**
 * A job of the fake SageMaker, how it ends, and in which words AWS speaks of it.
 * @module
 */
import { awsError } from './awsError.js';
import { arnOf } from './fakeAccount.js';

export interface FakeJob {
  name: string;
  stage: string;
  kind: 'training' | 'processing' | 'tuning';
  status: string;
  secondaryStatus?: string;
  failureReason?: string;
  createdAt: Date;
  endedAt?: Date;
  endsAt: number;
  request: object;
  describes: number;
}

export type Ending = { status: 'Completed' | 'Failed' | 'Stopped'; secondaryStatus?: string; failureReason?: string };

type Kind = FakeJob['kind'];

/** In ARNs. */
export const JOB_TYPE: Record<Kind, string> = {
  training: 'training-job',
  processing: 'processing-job',
  tuning: 'hyper-parameter-tuning-job',
};

export const jobArn = (kind: Kind, name: string): string => arnOf(JOB_TYPE[kind], name);

const TAKEN: Record<Kind, (name: string) => string> = {
  training: (name) =>
    `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${jobArn('training', name)})`,
  processing: (name) =>
    `Job name must be unique within an AWS account and region, and a job with this name already exists (${jobArn('processing', name)})`,
  tuning: (name) => `A hyperparameter tuning job with the name, ${name}, already exists. Choose a different name.`,
};
export const taken = (kind: Kind, name: string): Error => awsError('ResourceInUse', TAKEN[kind](name));

const MISSING: Record<Kind, (name: string) => Error> = {
  training: () => awsError('ValidationException', 'Requested resource not found.'),
  processing: (name) => awsError('ValidationException', `Could not find requested job with name: ${name}`),
  tuning: (name) =>
    awsError('ResourceNotFound', `Amazon SageMaker can't find a tuning job called ${name}. Type another name.`),
};
export const missing = (kind: Kind, name: string): Error => MISSING[kind](name);

export const overAlready = ({ kind, status }: FakeJob): Error => {
  const job = kind === 'tuning' ? 'hyperparameter tuning job' : `${kind} job`;
  return awsError('ValidationException', `The request was rejected because the ${job} is in status ${status}`);
};
