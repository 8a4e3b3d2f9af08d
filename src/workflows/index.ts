/**
 * The workflows, by the names that clients start them with.
 *
 * Rules of this folder:
 * - an error that is not recognised is rethrown as it came
 * - what a stage is about to start, it registers for undo first
 * - no clock, file, socket or environment; no state between runs
 * @module
 */
export { buildIndex } from './buildIndex.js';
export { deployEndpoint } from './deployEndpoint.js';
export { embedTexts } from './embedTexts.js';
export { endpointQueue } from './endpointQueue.js';
export { fineTune } from './fineTune.js';
export { rollBack } from './rollBack.js';
export { retireVersions } from './retireVersions.js';
export { sageMakerJob } from './sageMakerJob.js';
export { syncIndex } from './syncIndex.js';
