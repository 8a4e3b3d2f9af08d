/**
 * `attune/workflow`: what other people's workflows and clients need to start a run, to talk to it and to be told of it. It
 * loads neither Node nor AWS, so that a workflow bundle can hold it.
 *
 * @example
 * import { fineTuneMilestone, TASK_QUEUE, type FineTune } from 'attune/workflow';
 * import { setHandler, startChild, workflowInfo } from '@temporalio/workflow';
 *
 * setHandler(fineTuneMilestone, ({ milestone }) => void milestones.add(milestone));
 * const notify = [{ workflowId: workflowInfo().workflowId }];
 * const run = await startChild<FineTune>('fineTune', { taskQueue: TASK_QUEUE.workflows, args: [{ ...spec, notify }] });
 *
 * @module
 */
import type { EmbeddingInput } from '../spec/embedding.js';
import type { FineTuneSpecInput } from '../spec/schema.js';
import type { Progress } from './progress.js';

/** The workflow `embedTexts`, typed the same way: texts in, a folder of vectors out. */
export type EmbedTexts = (request: EmbeddingInput) => Promise<Progress>;

/** The workflow `fineTune`, as `startChild`, `executeChild` and a client's `start` type it; they start it by its name. */
export type FineTune = (spec: FineTuneSpecInput) => Promise<Progress>;

export { deployWorkflowId, jobWorkflowId, TASK_QUEUE } from './ids.js';
export {
  approvalReminder,
  approve,
  cancelStage,
  fineTuneMilestone,
  jobStateChanged,
  progress,
  reject,
  type ApprovalReminder,
  type FineTuneMilestone,
  type JobStateChanged,
  type Milestone,
} from './messages.js';
export {
  attuneBaseModel,
  attuneBestScore,
  attuneCostUsd,
  attuneDataset,
  attuneEndpoint,
  attuneModel,
  attuneStage,
} from './searchAttributes.js';
export type { EmbeddingView } from './embedding.js';
export type * from './evaluation.js';
export type * from './jobs.js';
export type { Asked, Origin, Origins } from './origins.js';
export type * from './verdict.js';
export type * from './lineage.js';
export type * from './progress.js';
export type * from './stages.js';
export type { EmbeddingInput } from '../spec/embedding.js';
export type { FineTuneSpec, FineTuneSpecInput } from '../spec/schema.js';
