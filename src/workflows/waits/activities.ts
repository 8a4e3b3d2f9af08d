/**
 * The activities of a run, each group on its task queue. The queues' names follow from the workflow's own.
 * @module
 */
import { proxyActivities, workflowInfo, type ActivityOptions } from '@temporalio/workflow';
import type { AwsActivities, IoActivities } from '../../activities/index.js';
import { queuesOf } from '../../run/ids.js';

/** Control-plane calls, limited in rate for all workers together. */
export const aws = (options: ActivityOptions, summary?: string) =>
  proxyActivities<AwsActivities>({ summary, ...options, taskQueue: queues().aws });

/** What moves bytes or waits for a model. */
export const io = (options: ActivityOptions, summary?: string) =>
  proxyActivities<IoActivities>({ summary, ...options, taskQueue: queues().io });

const queues = () => queuesOf(workflowInfo().taskQueue);
