/**
 * Who decided what about a model, written beside the model: a file of its own, the manifest, the report's page.
 * @module
 */
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import { readJson } from '../aws/s3.js';
import type { Decision, Progress } from '../run/progress.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';
import { writeRecord } from './records.js';
import { fillPage } from './reportPage.js';

export interface RecordApproval {
  run: Run;
  decision: Decision;
  /** As the page is to tell of it. Absent: an earlier version's workflow asks; its end fills the page. */
  progress?: Progress;
}

export const createApprovalActivities = (deps: Deps) => ({
  /** Repeated, it writes the same again. */
  async recordApproval({ run, decision, progress }: RecordApproval): Promise<{ uri: string }> {
    const { s3 } = deps;
    const { approval, manifest } = filesOf(run);
    const { workflowId } = run;
    await writeRecord(deps, run, approval, { version: 1, workflowId, run: run.run, ...decision });
    const before = await calling(`reading ${manifest}`, deps, () => readJson(s3, manifest));
    await writeRecord(deps, run, manifest, { ...(before as object), approval: decision });
    if (progress) await fillPage(deps, run, progress);
    return { uri: approval };
  },
});
