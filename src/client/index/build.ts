/**
 * An index is built for the model that serves: a workflow of its own does it, which is followed as a run is.
 * @module
 */
import { TypedSearchAttributes } from '@temporalio/common';
import { userInfo } from 'node:os';
import { endpointNameOf } from '../../run/endpoint.js';
import { buildWorkflowId, TASK_QUEUE } from '../../run/ids.js';
import { attuneModel } from '../../run/searchAttributes.js';
import { readyForWorkers, type SubmitDeps, type SubmitOptions } from '../runs/submit.js';
import { startRefusal } from '../temporal.js';
import { version } from '../version.js';
import { requireIndex } from './sync.js';
import { indexNameIn } from '../../spec/indexName.js';

export interface StartedBuild {
  workflowId: string;
  runId: string;
  ui: string;
}

/**
 * Starts it, or finds the one that goes on already.
 *
 * @throws SpecRefused with every problem at once, before anything is uploaded
 */
export async function buildIndex(
  { client, aws, settings, page }: SubmitDeps,
  specOrPath: string | object,
  options: SubmitOptions = {},
): Promise<StartedBuild> {
  const { input, spec } = await readyForWorkers({ aws, settings }, specOrPath, options);
  requireIndex(spec);
  const taskQueue = settings.taskQueue ?? TASK_QUEUE.workflows;
  const workflowId = buildWorkflowId(endpointNameOf(spec)!, taskQueue);
  try {
    const handle = await client.workflow.start('buildIndex', {
      taskQueue,
      workflowId,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      typedSearchAttributes: new TypedSearchAttributes([{ key: attuneModel, value: spec.name }]),
      memo: { version: version(), submitter: userInfo().username },
      staticSummary: `index ${indexNameIn(spec.index!)}: built for the model that serves`.slice(0, 180),
    });
    const { runId } = await handle.describe();
    return { workflowId, runId, ui: page(workflowId, runId) };
  } catch (error) {
    throw startRefusal(error, client);
  }
}
