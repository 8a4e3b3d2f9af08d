/**
 * What a run leaves in S3 in attune's own words: small JSON, under the key that its spec names.
 * @module
 */
import type { z } from 'zod';
import { unlessGone } from '../aws/errors.js';
import { readJson, writeObject } from '../aws/s3.js';
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

/** Reads a record. @returns undefined where there is none, or none that this version understands */
export const readRecord = <T>(deps: Deps, uri: string, schema: z.ZodType<T>): Promise<T | undefined> =>
  calling(`reading ${uri}`, deps, async () => {
    try {
      return schema.safeParse(await unlessGone(readJson(deps.s3, uri))).data;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  });
