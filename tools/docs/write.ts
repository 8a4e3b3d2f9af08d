/**
 * `npm run docs`: brings the files of docs/ that are made from the code up to date.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES } from './pages.js';
import { docsFolder } from './places.js';

for (const [file, make] of Object.entries(PAGES)) writeFileSync(join(docsFolder, file), make());
