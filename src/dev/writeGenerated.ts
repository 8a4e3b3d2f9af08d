/**
 * A step of the build: brings the generated files up to date. A file is written only when it differs.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generated } from './generated.js';

const root = new URL('../../', import.meta.url);

for (const [path, text] of Object.entries(generated())) {
  const file = fileURLToPath(new URL(path, root));
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}
