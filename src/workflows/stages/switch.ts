/**
 * switch: one pointer, written in one transaction, names the new endpoint and the new version; what served before is kept for a
 * while, and a workflow of its own removes it then.
 * @module
 */
import { CancellationScope, getExternalWorkflowHandle, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { BegunVersion, Run, ServedModel } from '../../activities/types.js';
import { endpointNameOf } from '../../run/endpoint.js';
import { retireWorkflowId } from '../../run/ids.js';
import { lookAgain } from '../../run/messages.js';
import { indexNameIn } from '../../spec/indexName.js';
import type { retireVersions } from '../retireVersions.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import { enter, type At } from './at.js';
import { broughtLevel } from './level.js';

/**
 * @param from  version that served when the candidate was compared
 * @returns     whether the new version serves: not where another one went into service meanwhile
 */
export async function switchIndex(
  at: At,
  run: Run,
  { version }: BegunVersion,
  { modelDataUrl }: ServedModel,
  from: string | undefined,
): Promise<boolean> {
  enter(at, 'switch');
  let changes = run.indexChanges;
  for (let round = 1; ; round += 1) {
    const came = await pointTo(at, run, version, from, changes);
    if (came !== 'behind') return came === 'switched';
    // Syncs have changed what serves since the run looked at its data: nothing of that may be lost.
    at.state.notice(`index ${version.name}: documents have changed since the run began; the new version follows them`);
    at.redraw();
    const asked = { run, modelDataUrl, version, round };
    const plan = await io(options.fillIndex, 'what do the documents look like now?').planCatchUp(asked);
    await broughtLevel(at.attempts, plan);
    ({ changes } = plan);
  }
}

async function pointTo(
  at: At,
  run: Run,
  { name, version }: BegunVersion['version'],
  from: string | undefined,
  changes: number | undefined,
): Promise<'switched' | 'behind' | 'otherServes'> {
  // Where no cancel reaches it: a run that has switched has not been cancelled.
  return CancellationScope.nonCancellable(async () => {
    const asked = { run, version: { name, version }, from, changes };
    const found = await io(options.record, `point ${name} to ${version}`).switchIndex(asked);
    if (found.behind) return 'behind';
    if (!found.switched) return 'otherServes';
    at.state.switchedIndex(found.at, from);
    at.redraw();
    if (from !== undefined) await retireLater(run, found.retires);
    return 'switched';
  });
}

/** @param index  digest; absent where an earlier version has switched */
async function retireLater(run: Run, index: string | undefined): Promise<void> {
  const workflowId = retireWorkflowId(endpointNameOf(run.spec)!, index);
  try {
    await startChild<typeof retireVersions>('retireVersions', {
      workflowId,
      args: [{ run }],
      staticSummary: `${indexNameIn(run.spec.index!)}: what served before`,
      // It outlives the run by days.
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await getExternalWorkflowHandle(workflowId).signal(lookAgain);
  }
}
