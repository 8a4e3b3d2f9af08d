/**
 * What the last run of a name decided on which data: a scheduled run that would only repeat it ends at once.
 * @module
 */
import { z } from 'zod';
import { filesOf } from '../run/files.js';
import type { Incumbent, Run } from '../run/run.js';
import { now } from './call.js';
import type { Deps } from './deps.js';
import { recordAssigned } from './lastAssigned.js';
import { readRecord, writeRecord } from './records.js';

const record = z.object({
  version: z.literal(1),
  dataHash: z.string(),
  recipeHash: z.string(),
  workflowId: z.string(),
  run: z.string(),
  /** Temporal's; absent where a version before 0.1.0 wrote it. */
  namespace: z.string().optional(),
  decision: z.enum(['done', 'rejected']),
  /** Endpoint config that served when the run had ended. */
  serving: z.string().optional(),
  at: z.string(),
});
export type LastDecided = z.infer<typeof record>;

export interface RecordDecision extends Pick<LastDecided, 'decision' | 'serving'> {
  run: Run;
}

export const createLastDecidedActivities = (deps: Deps) => ({
  /**
   * Repeated, it writes the same again: what the run has trained on, and what it decided. A run whose data could not be listed
   * leaves no decision: nothing can equal it.
   */
  async recordDecision({ run, decision, serving }: RecordDecision): Promise<void> {
    await recordAssigned(deps, run);
    const { dataHash, recipeHash, workflowId, namespace } = run;
    if (dataHash === undefined || recipeHash === undefined) return;
    const uri = filesOf(run).lastDecided;
    const decided: LastDecided = {
      version: 1,
      dataHash,
      recipeHash,
      workflowId,
      run: run.run,
      namespace,
      decision,
      serving,
      at: now(),
    };
    await writeRecord(deps, run, uri, decided);
  },
});

/**
 * The decision that this run would only repeat: same data, same recipe, and what served then serves now. Undefined where
 * anything is new, also when the endpoint is gone or another model was put into service meanwhile; and where it is this very
 * run's own, which was reset after its end.
 */
export async function repeatedDecision(
  deps: Deps,
  run: Run,
  incumbent: Incumbent | undefined,
): Promise<LastDecided | undefined> {
  const last = await readLastDecided(deps, run);
  // Another namespace's runs cannot be looked up from this one: they decide nothing here.
  const elsewhere = last?.namespace !== undefined && last.namespace !== run.namespace;
  if (last === undefined || elsewhere || last.dataHash !== run.dataHash || last.recipeHash !== run.recipeHash)
    return undefined;
  if (last.workflowId === run.workflowId && last.run === run.run) return undefined;
  return run.spec.deploy && last.serving !== incumbent?.configName ? undefined : last;
}

/** A record that is missing or not of this form says nothing: the run then goes on. */
const readLastDecided = (deps: Deps, run: Run): Promise<LastDecided | undefined> =>
  readRecord(deps, filesOf(run).lastDecided, record);
