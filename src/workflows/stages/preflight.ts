/**
 * preflight: everything that can be refused is refused here, unpaid; what passes becomes the run.
 * @module
 */
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Run } from '../../activities/types.js';
import { filesOf } from '../../run/files.js';
import { attuneModel, startAttributesOf } from '../../run/searchAttributes.js';
import type { FineTuneSpecInput } from '../../spec/schema.js';
import { tellLists } from '../decision/lineage.js';
import { endsUnchanged } from '../repetition.js';
import { refuseChained } from '../unchained.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import { enter, type At } from './at.js';

/** @returns undefined where the run would only repeat an earlier one */
export async function preflight(at: At, input: FineTuneSpecInput): Promise<Run | undefined> {
  const { state, milestones, people } = at;
  // Whoever starts it by another client than attune's: lists find it by its name, also where its spec is refused.
  enter(at, 'preflight', [{ key: attuneModel, value: state.progress().name }]);
  refuseChained();
  const { workflowId, firstExecutionRunId, namespace } = workflowInfo();
  const settled = await io(options.prepareRun, 'check the spec, upload the job scripts').preflight({
    raw: input,
    workflowId,
    run: runOf(firstExecutionRunId),
    runId: firstExecutionRunId,
    namespace,
  });
  const { run } = settled;
  state.settle(settled);
  state.addArtifacts({ spec: filesOf(run).spec });
  const { spec, dataHash, startsFrom } = run;
  tellLists(state.traces({ dataHash, base: spec.base, startedFrom: startsFrom }));
  milestones.settle(run);
  people.settle(run);
  upsertSearchAttributes(startAttributesOf(spec));
  return endsUnchanged(state, milestones, settled) ? undefined : run;
}

/** Run ids begin with the time of day: only their end tells two runs of the same minute apart. */
export const runOf = (firstExecutionRunId: string): string => firstExecutionRunId.slice(-8);
