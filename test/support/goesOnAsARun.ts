/**
 * A workflow of somebody's own that makes a run of itself.
 * @module
 */
import { makeContinueAsNewFunc } from '@temporalio/workflow';

export const goesOnAsARun = (spec: unknown, taskQueue: string): Promise<never> =>
  makeContinueAsNewFunc<(given: unknown) => Promise<unknown>>({ workflowType: 'fineTune', taskQueue })(spec);
