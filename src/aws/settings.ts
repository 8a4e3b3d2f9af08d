/**
 * attune's own three settings, and AWS's region, read once at the edge of the process.
 * @module
 */
import { assumedRoleIn, type AssumedRole } from './assumedRole.js';
import { regionOf } from './region.js';

export interface Settings {
  bucket: string;
  roleArn: string;
  /** Of every key that attune writes, without slashes at its ends. */
  prefix: string;
  region: string;
  /** Taken on for every call of AWS. Default: the credentials as AWS's own settings name them. */
  assumeRole?: AssumedRole;
}

/** @throws Error that names every variable that is missing, or holds what it cannot */
export async function settingsFrom(environment: NodeJS.ProcessEnv): Promise<Settings> {
  const region = await regionOf(environment);
  const { ATTUNE_BUCKET: bucket, ATTUNE_ROLE_ARN: roleArn, ATTUNE_PREFIX: prefix = 'attune' } = environment;
  const assumeRole = assumedRoleIn(environment);
  if (bucket && roleArn && region)
    return { bucket, roleArn, prefix: prefix.replace(/^\/+|\/+$/g, ''), region, assumeRole };
  const missing = Object.entries({ ATTUNE_BUCKET: bucket, ATTUNE_ROLE_ARN: roleArn, AWS_REGION: region })
    .filter(([, value]) => !value)
    .map(([name]) => name);
  throw new Error(
    `${missing.join(', ')} must be set: the S3 bucket and the role of the jobs, and their region, which a profile may name too. ` +
      'For the local stack: eval "$(attune env)"',
  );
}
