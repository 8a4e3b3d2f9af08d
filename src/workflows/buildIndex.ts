/**
 * An index for a model that serves already: nothing is fitted; an endpoint of its own, embed, load, check, and both into service by
 * one pointer, as at the end of a run.
 * @module
 */
import { workflowInfo } from '@temporalio/workflow';
import type { PlannedBuild } from '../activities/types.js';
import { filesOf } from '../run/files.js';
import type { Progress } from '../run/progress.js';
import { fail } from '../spec/failures.js';
import { indexNameIn } from '../spec/indexName.js';
import type { FineTuneSpecInput } from '../spec/schema.js';
import { Cancellable } from './cancellable.js';
import { concluding } from './conclude.js';
import { setHandlers } from './handlers.js';
import { nameIn } from './nameIn.js';
import { RunState } from './runState.js';
import { atTheStart, enter, type At } from './stages/at.js';
import { servesWithIndex } from './stages/besides.js';
import { stages } from './stages/index.js';
import { io } from './waits/activities.js';
import * as options from './waits/options.js';

/**
 * @param input  a spec with an index, with its files in S3
 * @returns      how it ended: status `done`
 * @throws       a failure of the table in spec/failures.ts, or CancelledFailure; then nothing of it is left
 */
export async function buildIndex(input: FineTuneSpecInput): Promise<Progress> {
  const state = new RunState(workflowInfo().workflowId, nameIn(input));
  const at = atTheStart(state, input);
  const cancellable = new Cancellable(state);
  setHandlers(at, cancellable);
  const story = async (): Promise<'done'> => {
    const { settled, packaged, from } = await planned(at, input);
    const { run } = settled;
    const deployed = await stages.deploy(at, run, packaged, undefined);
    const serves = deployed.outcome === 'deployed';
    if (serves && (await servesWithIndex(at, run, packaged, deployed, { version: from }))) return 'done';
    throw fail('NotAvailable', `another version of index ${indexNameIn(run.spec.index!)} went into service meanwhile`, {
      mend: 'look at it: attune index status; and build again, if this model is still to serve',
    });
  };
  return concluding(at, cancellable, story, { decides: false });
}

async function planned(at: At, raw: FineTuneSpecInput): Promise<PlannedBuild> {
  const { state, milestones, people } = at;
  enter(at, 'preflight');
  const { workflowId, firstExecutionRunId: runId, namespace } = workflowInfo();
  const owner = { workflowId, run: runId.slice(-8), runId, namespace };
  const plan = await io(options.prepareRun, 'check the spec, look what serves').planBuild({ raw, ...owner });
  const { run } = plan.settled;
  state.settle(plan.settled);
  state.addArtifacts({ spec: filesOf(run).spec });
  milestones.settle(run);
  people.settle(run);
  return plan;
}
