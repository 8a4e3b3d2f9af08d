/**
 * A run's own record at its end: what Temporal forgets after its retention stays beside the model.
 * @module
 */
import { sha256 } from '../aws/hash.js';
import { ownerMetadata } from '../aws/tags.js';
import { filesOf } from '../run/files.js';
import type { Progress } from '../run/progress.js';
import { pointerOfId, pointerOfName, prefixOf, type RecordPointer, type RunRecord } from '../run/records.js';
import type { Run } from '../run/run.js';
import { baseCopyOf } from './baseCopy.js';
import type { Deps } from './deps.js';
import { writeRecord } from './records.js';
import { fillPage } from './reportPage.js';

export interface KeepRun {
  run: Run;
  runId: string;
  progress: Progress;
}

export const createRunRecordActivities = (deps: Deps) => ({
  /** Repeated, it writes the same again. The record before its pointers, which never lead to nothing. */
  async keepRun({ run, runId, progress }: KeepRun): Promise<void> {
    const { workflowId } = run;
    const { record } = filesOf(run);
    const kept: RunRecord = { version: 1, runId, base: await baseCopyOf(deps, run), ...progress };
    await writeRecord(deps, run, record, kept, ownerMetadata(run));
    await fillPage(deps, run, progress);
    const pointer: RecordPointer = { version: 1, workflowId, record };
    const prefix = prefixOf(run);
    // By a name a run of the loop is meant.
    if (!run.spec.embed) await writeRecord(deps, run, pointerOfName(prefix, run), pointer);
    // The run id last: by it also a run is found whose workflow id another one has used since.
    for (const id of [workflowId, runId]) await writeRecord(deps, run, pointerOfId(prefix, sha256(id)), pointer);
  },
});
