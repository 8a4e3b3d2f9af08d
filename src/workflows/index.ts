/**
 * The workflows, by the names that clients start them with.
 *
 * Rules of this folder:
 * - an error that is not recognised is rethrown as it came
 * - what a stage is about to start, it registers for undo first
 * - no clock, file, socket or environment; no state between runs
 * @module
 */
export { deployEndpoint } from './deployEndpoint.js';
export { endpointQueue } from './endpointQueue.js';
export { fineTune } from './fineTune.js';
export { sageMakerJob } from './sageMakerJob.js';
