/**
 * A workflow of one's own around a run of attune.
 * @module
 */
import { approvalReminder, fineTuneMilestone, TASK_QUEUE } from 'attune/workflow';
import type { FineTune, FineTuneSpecInput } from 'attune/workflow';
import { condition, proxyActivities, setHandler, startChild, workflowInfo } from '@temporalio/workflow';
import type * as activities from './activities.js';

const { tell } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

export interface Refreshed {
  /** S3 URI of the model as training left it, known before the run has ended. */
  trained?: string;
  status: string;
  endpoint?: string;
}

/** Fits the model anew; says so when training is through, and again when the model is in service. */
export async function refreshModel(spec: FineTuneSpecInput): Promise<Refreshed> {
  let trained: string | undefined;
  setHandler(fineTuneMilestone, ({ milestone, modelArtifact }) => {
    if (milestone === 'trainingFinished') trained = modelArtifact;
  });
  setHandler(approvalReminder, ({ reportHtml }) => tell(`somebody has to decide: ${reportHtml}`));

  const { workflowId } = workflowInfo();
  const run = await startChild<FineTune>('fineTune', {
    taskQueue: TASK_QUEUE.workflows,
    workflowId: `${workflowId}/fine-tune`,
    args: [{ ...spec, notify: [...(spec.notify ?? []), { workflowId }] }],
  });
  // A run that finds nothing new, or fails, ends without training: waiting for the milestone alone could be for ever.
  await Promise.race([condition(() => trained !== undefined), run.result()]);
  if (trained) await tell(`trained: ${trained}`);

  const { status, endpoint } = await run.result();
  await tell(`${spec.name}: ${status}`);
  return { trained, status, endpoint: endpoint?.name };
}
