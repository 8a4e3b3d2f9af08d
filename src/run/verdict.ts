/**
 * What the gate says of a model.
 * @module
 */

/** `unproven`: too few questions that may decide, so nothing is said of the model; the one in service stays. */
export type GateVerdict = 'passed' | 'rejected' | 'unproven';
