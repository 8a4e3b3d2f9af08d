/**
 * A rule that needs more than one field, or more than a type. Its name is a sentence that is true of good specs.
 * @module
 */
import type { Problem } from '../problem.js';
import type { FineTuneSpec } from '../schema.js';

/** @param written  the spec before its defaults were filled in */
export type Rule = (spec: FineTuneSpec, written: Readonly<Record<string, unknown>>) => Problem[];
