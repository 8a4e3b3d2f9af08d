/**
 * Limits of a spec that hold before the schema has seen it, and where there is none.
 * @module
 */

/** A run's history carries its spec several times over, and the server takes 2 MB at most. */
export const MOST_SPEC_KILOBYTES = 64;

/** Workflows that are notified: each milestone is a signal to each of them. */
export const MOST_NOTIFIED = 20;

/** Faults that are told at once. */
export const MOST_PROBLEMS = 20;

/**
 * Variables of a stage's container: a trial takes 48 (HyperParameterTrainingJobEnvironmentMap of SageMaker's API), attune's own
 * among them.
 */
export const MOST_VARIABLES = 40;

/** Of one key of `data`: SageMaker takes ten inputs a job, and each is one. */
export const MOST_SOURCES = 4;

/** Of a processing job, its code, its spec and the base among them (ProcessingInputs of SageMaker's API). */
export const MOST_INPUTS = 10;

/** Names of columns that mean the same. */
export const MOST_COLUMNS = 16;
