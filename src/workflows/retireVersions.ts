/**
 * What served before, with its endpoint, is removed when its time is over; what a rollback has put into service again is not. One for
 * an index: it lasts as long as anything is kept.
 * @module
 */
import { condition, continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Run } from '../activities/types.js';
import { lookAgain } from '../run/messages.js';
import { removeEndpoint } from './removeEndpoint.js';
import { io } from './waits/activities.js';
import * as options from './waits/options.js';

export interface RetireVersions {
  /** The run that switched: whose spec says where the index is, and in whose name the endpoints are. */
  run: Run;
}

/** What is due by our clock may be due by the database's a moment later. */
const LEAST_MS = 1_000;

export async function retireVersions({ run }: RetireVersions): Promise<void> {
  let asked = 0;
  setHandler(lookAgain, () => void (asked += 1), {
    description: 'Internal: another version is to be removed some time',
  });
  for (;;) {
    const seen = asked;
    const { due, next } = await io(options.dropIndex, 'which versions are due?').dueVersions({ run });
    for (const { endpoint, name, version } of due) {
      const dropped = io(options.dropIndex, `remove version ${version}`);
      const { gone } = await dropped.dropVersion({ run, version: { name, version }, whenDue: true });
      if (gone) await removeEndpoint(run, endpoint);
    }
    if (next === undefined && due.length === 0 && asked === seen) return;
    setCurrentDetails(next === undefined ? '**Looking**' : `**Keeping** what served before until ${next}`);
    const waitMs = next === undefined ? 0 : Date.parse(next) - Date.now();
    await condition(() => asked > seen, Math.max(LEAST_MS, waitMs));
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof retireVersions>({ run });
  }
}
