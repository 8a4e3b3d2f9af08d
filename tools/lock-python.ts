/**
 * Compiles each lock from its `.in`, for every supported Python and platform at once: `tsx tools/lock-python.ts [--upgrade]`
 * @module
 */
import { execa } from 'execa';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { digestOf, projectRoot } from '../src/dev/toolchain/places.js';
import { findPython, provideUv } from '../src/dev/toolchain/uv.js';

const LOCKS: { file: string; more: string[] }[] = [
  // torch is pinned in requirements.in and has no hash here: its CPU and its GPU build are different files.
  { file: 'python/requirements', more: ['--no-emit-package', 'torch'] },
  { file: 'python/requirements-conformance', more: [] },
  { file: 'tools/wheels', more: ['--no-deps'] },
];
const UNIVERSAL = ['--universal', '--python-version', '3.10', '--no-python-downloads', '--generate-hashes'];

const uv = await provideUv(findPython(), { now: console.error, signal: new AbortController().signal });
for (const { file, more } of LOCKS) {
  const [source, lock] = ['.in', '.lock'].map((ending) => path.join(projectRoot, `${file}${ending}`)) as [
    string,
    string,
  ];
  const plain = ['--no-annotate', '--no-header', '--quiet', ...process.argv.slice(2)];
  await execa(uv, ['pip', 'compile', source, '--output-file', lock, ...UNIVERSAL, ...more, ...plain], {
    stdio: 'inherit',
  });
  const header = `# Made by \`npm run lock-python\` from ${path.basename(source)}, whose digest was\n# ${digestOf([source])}\n`;
  writeFileSync(lock, header + readFileSync(lock, 'utf8'));
}
