/**
 * All that strangers can hand in, an area each.
 * @module
 */
import { archives } from './archives.js';
import type { Area } from './area.js';
import { pythonAreas } from './python.js';

export const areas: Area[] = [...pythonAreas, archives];
