/**
 * The base model as the jobs of a run read it: a hub's model lies in the bucket, copied once for each commit.
 * @module
 */
import { z } from 'zod';
import { isHubBase, modelOf } from '../spec/bases.js';
import { prefixOf } from './records.js';
import type { Run } from './run.js';

/** data/base.json, as prepare writes it: which commit the spec's base was. */
export const baseRecordSchema = z
  .object({
    version: z.literal(1),
    base: z.string(),
    commit: z.string().regex(/^[0-9a-f]{7,64}$/),
    uri: z.string(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  })
  .meta({ title: 'data/base.json' });

/** Written last into a copy: it is whole then. */
export const COPY_MARKER = 'attune-base.json';

/** Where copies lie, beside the folders of all names. */
const copiesIn = (prefix: string): string => `${prefix}bases/`;

/** The folder of a commit's copy. */
export const copyOf = (prefix: string, base: string, commit: string): string =>
  `${copiesIn(prefix)}${modelOf(base)}/${commit}/`;

/** Where a job is to put a copy, and to look for one; undefined where there is nothing to copy. */
export function copiesFor(run: Run): string | undefined {
  const { base, network } = run.spec;
  return isHubBase(base) && run.base === undefined && !network.isolation ? copiesIn(prefixOf(run)) : undefined;
}
