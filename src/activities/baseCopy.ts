/**
 * Which copy of the base the jobs of a run read: the one that was there at the start, or the one that prepare made.
 * @module
 */
import { unlessGone } from '../aws/errors.js';
import { readJson } from '../aws/s3.js';
import { baseRecordSchema, COPY_MARKER, copyOf } from '../run/base.js';
import { filesOf } from '../run/files.js';
import { prefixOf } from '../run/records.js';
import type { BaseCopy, Run } from '../run/run.js';
import { commitIn, isHubBase } from '../spec/bases.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';

/** The copy of a base that the spec pins to a commit; undefined where there is none yet, or nothing to copy. */
export async function knownCopy(deps: Deps, { base }: Pick<FineTuneSpec, 'base'>): Promise<BaseCopy | undefined> {
  const commit = commitIn(base);
  if (commit === undefined) return undefined;
  const { bucket, prefix } = deps.settings;
  const uri = copyOf(`s3://${bucket}/${prefix}/`, base, commit);
  const marker = await jsonIfAny(deps, `${uri}${COPY_MARKER}`);
  const sha256 = baseRecordSchema.shape.sha256.safeParse((marker as { sha256?: unknown } | undefined)?.sha256);
  return sha256.success ? { commit, uri, sha256: sha256.data } : undefined;
}

/** Undefined where the base is no model of the hub, where no commit of it is known, and before prepare has ended. */
export async function baseCopyOf(deps: Deps, run: Run): Promise<BaseCopy | undefined> {
  if (run.base !== undefined || !isHubBase(run.spec.base)) return run.base;
  const record = baseRecordSchema.safeParse(await jsonIfAny(deps, filesOf(run).base)).data;
  if (record === undefined) return undefined;
  const { commit, sha256 } = record;
  // Where a copy lies follows from its commit: a job's word is not taken for it.
  return { commit, uri: copyOf(prefixOf(run), run.spec.base, commit), sha256 };
}

/** Undefined where there is no such object. */
export const jsonIfAny = (deps: Deps, uri: string): Promise<unknown> =>
  calling(`reading ${uri}`, deps, () => unlessGone(readJson(deps.s3, uri)));
