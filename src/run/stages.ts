/**
 * Where a run stands.
 * @module
 */
import type { StageName } from '../spec/stages.js';

export type Stage = StageName | 'done';
