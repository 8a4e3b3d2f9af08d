/**
 * Where an index of this store lies: its versions in a vector bucket, its pointer in a bucket of S3.
 * @module
 */
import { StoreError } from '../errors.js';
import type { VersionRef } from '../store.js';

export interface Place {
  /** Vector bucket of the versions. */
  vectorBucket: string;
  /** S3 URI of the folder of pointers. */
  folder: string;
}

/** No name of a spec begins so: nothing of a run lies there. */
const FOLDER = '_indexes';

/** @param at  attune's own bucket, and the prefix of every key in it */
export const placeIn = (at: { bucket: string; prefix: string }, vectorBucket: string): Place => ({
  vectorBucket,
  folder: `s3://${at.bucket}/${at.prefix}/${FOLDER}/${vectorBucket}/`,
});

/** S3 URI of the object that names what serves. */
export const pointerOf = ({ folder }: Place, name: string): string => `${folder}${name}.json`;

/** @throws StoreError NotConfigured where it is the URI of no pointer */
export function placeOfPointer(pointer: string): { place: Place; name: string } {
  const [, folder, vectorBucket, name] = new RegExp(`^(s3://.+/${FOLDER}/([^/]+)/)([^/]+)\\.json$`).exec(pointer) ?? [];
  if (folder !== undefined && vectorBucket !== undefined && name !== undefined)
    return { place: { vectorBucket, folder }, name };
  throw new StoreError(
    'NotConfigured',
    `${pointer} is the URI of no pointer: expected s3://BUCKET/PREFIX/${FOLDER}/VECTOR-BUCKET/INDEX.json`,
    '`attune index status` tells it',
  );
}

/** A version's own vector index. */
export const indexNameOf = ({ name, version }: VersionRef): string => `${name}-${version}`;

/** What whoever lacks the bucket does. */
export const makesVectorBucket = (bucket: string): string =>
  `make it: aws s3vectors create-vector-bucket --vector-bucket-name ${bucket}`;
