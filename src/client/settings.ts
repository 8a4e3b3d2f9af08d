/**
 * The environment, read once: AWS's and Temporal's own variables are read by their SDKs, these are attune's.
 * @module
 */
import { regionOf } from '../aws/region.js';
import { AttuneError } from '../spec/attuneError.js';

export interface Settings {
  /** ATTUNE_BUCKET. Needed only where something is uploaded. */
  bucket?: string;
  /** ATTUNE_PREFIX, without slashes at its ends. Default `attune`. */
  prefix: string;
  /** AWS_REGION, AWS_DEFAULT_REGION, or the profile's, where that was read: whose prices are meant. */
  region?: string;
  /** ATTUNE_TASK_QUEUE: whose workers take the runs. Default `attune`. */
  taskQueue?: string;
  /** TEMPORAL_UI_ADDRESS, without a slash at its end. */
  uiAddress?: string;
}

export const settingsFrom = (env: NodeJS.ProcessEnv): Settings => ({
  bucket: env['ATTUNE_BUCKET'] || undefined,
  prefix: (env['ATTUNE_PREFIX'] || 'attune').replace(/^\/+|\/+$/g, ''),
  region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined,
  taskQueue: env['ATTUNE_TASK_QUEUE'] || undefined,
  uiAddress: env['TEMPORAL_UI_ADDRESS']?.replace(/\/+$/, '') || undefined,
});

/** The same with the region of the profile, where no variable names one. */
export const settingsWithRegion = async (env: NodeJS.ProcessEnv): Promise<Settings> => ({
  ...settingsFrom(env),
  region: await regionOf(env),
});

/** @throws AttuneError (NotConfigured) where ATTUNE_BUCKET is not set */
export function bucketOf({ bucket }: Settings): string {
  if (bucket) return bucket;
  throw new AttuneError(
    'NotConfigured',
    'what is uploaded, and what an index in S3 Vectors goes by, lies in a bucket of attune, and ATTUNE_BUCKET is not set',
    'set ATTUNE_BUCKET, or for a running local stack: eval "$(attune env)"',
  );
}
