/**
 * What all requests share: the name and the tags, which depend on the rest and are added last.
 * @module
 */
import type { VpcConfig } from '@aws-sdk/client-sagemaker';
import type { JobLimits } from '../../spec/budget.js';
import type { Place } from '../../spec/places.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { requestHash } from '../hash.js';
import type { NameKey } from '../names.js';
import type { Run } from '../../run/run.js';
import { tagsFor } from '../tags.js';

/** A request before it has a name. */
export type Unnamed<T, Name extends keyof T> = Omit<T, Name | 'Tags'>;

export interface Named<T> {
  name: string;
  requestHash: string;
  request: T;
}

/** Which of a stage's jobs this is, where it runs and for how long at most. */
export interface JobTerms {
  attempt: number;
  place: Place;
  limits: JobLimits;
}

/** @param member  what the digest does not go by: the name's own member, and what changes nothing of the work */
export function named<T extends object>(
  run: Run,
  stage: string,
  attempt: number,
  unnamed: object,
  nameOf: (key: NameKey) => string,
  member: (name: string) => Partial<T>,
): Named<T> {
  const hash = requestHash(unnamed);
  const { workflowId, run: short, runId, namespace } = run;
  const name = nameOf({ workflowId, run: short, runId, namespace, stage, attempt, requestHash: hash });
  const request = { ...unnamed, ...member(name), Tags: tagsFor(run, stage, hash) } as unknown as T;
  return { name, requestHash: hash, request };
}

export function vpcOf({ network: { subnets, securityGroupIds } }: FineTuneSpec): VpcConfig | undefined {
  return subnets && securityGroupIds ? { Subnets: subnets, SecurityGroupIds: securityGroupIds } : undefined;
}

/** Undefined where it is not asked for: requests of specs that never did keep their digest. */
export const encryptsTraffic = ({ network: { encryptTraffic } }: FineTuneSpec): true | undefined =>
  encryptTraffic ? true : undefined;
