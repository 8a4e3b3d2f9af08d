/**
 * Which split each question was in: a run goes by what the last one of its name has trained on, so that no model is judged on
 * what the one before it was trained on.
 * @module
 */
import { z } from 'zod';
import { holdsSomething } from '../aws/s3.js';
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import type { Task } from './alive.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';
import { readRecord, writeRecord } from './records.js';
import { resultOf } from './results.js';
import { stageDigest } from './stageDigest.js';

const record = z.object({
  version: z.literal(1),
  workflowId: z.string(),
  run: z.string(),
  /** Folder with the hashes, those of the runs before among them. */
  assigned: z.string(),
  /** The folder that the run itself went by. */
  before: z.string().optional(),
  /** Of what its prepare was asked for: who asks for the same again would leave the same. */
  digest: z.string().optional(),
});

/**
 * The folder that a run goes by. A run that asks prepare for the very same as the last one goes by the same folder as that one
 * did, and takes over what it left.
 *
 * @returns undefined where no run of this name has trained, or its folder is not there any more
 */
export async function earlierAssigned(deps: Deps, run: Run, task: Task): Promise<string | undefined> {
  const last = await readRecord(deps, filesOf(run).lastAssigned, record);
  if (last === undefined) return undefined;
  const { assigned, before, digest } = last;
  if (digest !== undefined && (before === undefined || (await isThere(deps, before)))) {
    const same = await calling('telling what prepare is asked for', deps, () => digestAfter(deps, run, last, task));
    if (same === digest) return before;
  }
  return (await isThere(deps, assigned)) ? assigned : undefined;
}

/** What prepare would be asked for by this run, if it went by the same folder as that one. Undefined where it cannot be told. */
async function digestAfter(
  deps: Deps,
  run: Run,
  { assigned, before }: z.infer<typeof record>,
  task: Task,
): Promise<string | undefined> {
  const asked = { run: { ...run, earlier: before }, stage: 'prepare' as const };
  if (run.spec.data.questions === undefined) return stageDigest(deps, asked, task);
  // A language model writes the same once only: its questions are the same where they are taken over.
  const { assigned: within } = filesOf({ folder: '' });
  const written = await resultOf(deps, { folder: assigned.slice(0, -within.length) }, 'questions');
  const taken = run.spec.reuse && written?.digest === (await stageDigest(deps, { run, stage: 'questions' }, task));
  return taken ? stageDigest(deps, { ...asked, written }, task) : undefined;
}

/** A run that has trained nothing binds nobody: the split may be drawn anew. Repeated, it writes the same again. */
export async function recordAssigned(deps: Deps, run: Run): Promise<void> {
  const { assigned, report, lastAssigned } = filesOf(run);
  if (run.spec.model !== undefined) return;
  if (!(await isThere(deps, report)) || !(await isThere(deps, assigned))) return;
  const { workflowId, earlier: before } = run;
  const digest = (await resultOf(deps, run, 'prepare'))?.digest;
  await writeRecord(deps, run, lastAssigned, { version: 1, workflowId, run: run.run, assigned, before, digest });
}

const isThere = (deps: Deps, uri: string): Promise<boolean> =>
  calling(`looking for ${uri}`, deps, () => holdsSomething(deps.s3, uri));
