/**
 * A digest of what lies in S3, by names below each source, sizes and ETags: no object is opened, and where they lie does not
 * count.
 * @module
 */
import { sha256 } from './hash.js';
import { locationOf, type ListedObject } from './s3.js';

export interface Listed {
  /** Which of the sources it is. */
  field: string;
  /** S3 URI. */
  source: string;
}

/**
 * @param list  the objects of a source; undefined where there are too many
 * @returns     undefined where a source has too many
 */
export async function contentDigest(
  sources: readonly Listed[],
  list: (one: Listed) => Promise<ListedObject[] | undefined>,
): Promise<string | undefined> {
  const prints: string[] = [];
  for (const one of sources) {
    const root = locationOf(one.source).key.length;
    const objects = await list(one);
    if (objects === undefined) return undefined;
    prints.push(one.field, ...objects.map(({ key, bytes, eTag }) => `${key.slice(root)}\0${bytes}\0${eTag}`));
  }
  return sha256(prints.join('\n'));
}
