/**
 * What tells the folder of a base model from any other one.
 * @module
 */
import { problem, type Problem } from '../../spec/problem.js';

/** Either is in a folder that a model was saved to, in any form. */
export const BASE_MARKS = ['config.json', 'modules.json'];

/** @param value  the folder as the error shows it. @param why  what else is known of it */
export const noBaseModel = (field: string, value: string, why = ''): Problem =>
  problem(
    field,
    value,
    `a model's folder, with ${BASE_MARKS.join(' or ')}`,
    `name the folder that a model was saved to, of a model cache the one below snapshots/${why && ` (${why})`}`,
  );
