/**
 * Compiles python/requirements.lock from python/requirements.in, for every supported Python and platform at once.
 * Needs uv on PATH or named by UV. `node tools/lock-python.mjs [--upgrade]`
 * @module
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { digestOf, projectRoot } from './setup/places.mjs';

const source = path.join(projectRoot, 'python', 'requirements.in');
const lock = path.join(projectRoot, 'python', 'requirements.lock');

const compiled = spawnSync(
  process.env.UV || 'uv',
  ['pip', 'compile', source, '--output-file', lock, '--universal', '--python-version', '3.10', '--generate-hashes']
    // torch is pinned in requirements.in and has no hash here: its CPU and its GPU build are different files.
    .concat(['--no-emit-package', 'torch', '--no-annotate', '--no-header', '--quiet', ...process.argv.slice(2)]),
  { stdio: 'inherit' },
);
if (compiled.error) throw compiled.error;
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const header = [
  '# Made by `node tools/lock-python.mjs`; used as constraints beside requirements.in, whose digest was',
  `# ${digestOf([source])}`,
  '',
].join('\n');
writeFileSync(lock, header + readFileSync(lock, 'utf8'));
