/**
 * The activities of a run, each group on its task queue. The queues' names follow from the workflow's own.
 * @module
 */
import { proxyActivities, workflowInfo, type ActivityOptions } from '@temporalio/workflow';
import type { AwsActivities, IoActivities } from '../../activities/index.js';

/** Control-plane calls, limited in rate for all workers together. */
export const aws = (options: ActivityOptions, summary?: string) =>
  proxyActivities<AwsActivities>({ summary, ...options, taskQueue: `${workflowInfo().taskQueue}-aws` });

/** What moves bytes or waits for a model. */
export const io = (options: ActivityOptions, summary?: string) =>
  proxyActivities<IoActivities>({ summary, ...options, taskQueue: `${workflowInfo().taskQueue}-io` });
