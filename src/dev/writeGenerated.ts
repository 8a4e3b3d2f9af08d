/**
 * A step of the build: brings the generated files up to date. A file is written only when it differs.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generated } from './generated.js';

const root = new URL('../../', import.meta.url);

for (const [path, text] of Object.entries(generated())) {
  const file = fileURLToPath(new URL(path, root));
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  mkdirSync(dirname(file), { recursive: true }); // an image is built from the sources alone
  writeFileSync(file, text);
}
