/**
 * A version of the index is brought level with the documents as they are now.
 * @module
 */
import type { SyncPlan } from '../../activities/types.js';
import { indexFilesOf, type IndexChanges } from '../../run/vectorIndex.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import type { Attempts } from './attempts.js';

/** @returns what has changed; undefined where the version stands otherwise by now: another one serves, or a sync came between */
export async function broughtLevel(attempts: Attempts, plan: SyncPlan): Promise<IndexChanges | undefined> {
  const { run, model: candidate, part, known } = plan;
  await attempts.run(run, { stage: 'index', candidate, sync: { part, known } });
  const { changes } = await io(options.fillIndex, 'put in what is new, take out what is gone').applyChanges({ plan });
  const { folder } = indexFilesOf(run, part);
  await io(options.dropIndex, 'remove what the job has left').removeParts({ folder });
  return changes;
}
