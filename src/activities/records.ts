/**
 * What a run leaves in S3 in attune's own words: small JSON, under the key that its spec names.
 * @module
 */
import { writeObject } from '../aws/s3.js';
import type { Run } from '../run/run.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';

/**
 * Writes a record. Repeated, it writes the same again.
 *
 * @param metadata  of the object: at most 2 KB of ASCII
 */
export const writeRecord = (
  deps: Deps,
  { spec }: Pick<Run, 'spec'>,
  uri: string,
  record: object,
  metadata?: Record<string, string>,
): Promise<void> =>
  calling(`writing ${uri}`, deps, () =>
    writeObject(deps.s3, uri, `${JSON.stringify(record, null, 2)}\n`, spec.encryption, metadata),
  );
