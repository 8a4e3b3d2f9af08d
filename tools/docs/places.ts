/**
 * Where the pages lie.
 * @module
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
export const docsFolder = join(projectRoot, 'docs');
