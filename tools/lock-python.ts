/**
 * Compiles each lock from its `.in`, for every supported Python and platform at once: `tsx tools/lock-python.ts [--upgrade]`
 * @module
 */
import { execa } from 'execa';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { digestOf, projectRoot } from '../src/dev/toolchain/places.js';
import { findPython, provideUv } from '../src/dev/toolchain/uv.js';
import { lockForImage } from './images/lock.js';
import { IMAGE_PACKAGES } from './images/table.js';

interface Lock {
  source: string;
  lock: string;
  more: string[];
  /** Whoever installs the lock, and however, refuses what has another hash or none. */
  requireHashes?: boolean;
}

const LOCKS: Lock[] = [
  // torch is pinned in requirements.in and has no hash here: its CPU and its GPU build are different files.
  { source: 'python/requirements.in', lock: 'python/requirements.lock', more: ['--no-emit-package', 'torch'] },
  // After the lock above, because it takes over its versions. Neither torch nor what torch alone needs: jobs have the image's.
  {
    source: 'python/requirements-jobs.in',
    lock: 'python/locks/any.txt',
    more: ['--constraints', 'python/requirements.lock', '--overrides', 'python/requirements-jobs.overrides'],
    requireHashes: true,
  },
  {
    source: 'python/requirements-int8.in',
    lock: 'python/attune_jobs/serving/onnxruntime.txt',
    more: ['--constraints', 'python/requirements.lock', '--no-deps'],
    requireHashes: true,
  },
  { source: 'python/requirements-conformance.in', lock: 'python/requirements-conformance.lock', more: [] },
  { source: 'python/requirements-conformance-v3.in', lock: 'python/requirements-conformance-v3.lock', more: [] },
  {
    source: 'python/requirements-language-model.in',
    lock: 'python/requirements-language-model.lock',
    more: ['--no-deps'],
  },
  { source: 'tools/wheels.in', lock: 'tools/wheels.lock', more: ['--no-deps'] },
  { source: 'tools/test-wheels.in', lock: 'tools/test-wheels.lock', more: ['--no-deps'] },
];
const UNIVERSAL = ['--universal', '--python-version', '3.10', '--no-python-downloads', '--generate-hashes'];
const PLAIN = ['--no-annotate', '--no-header', '--quiet'];

const uv = await provideUv(findPython(), { now: console.error, signal: new AbortController().signal });
for (const { source, lock, more, requireHashes } of LOCKS) {
  const place = path.join(projectRoot, lock);
  await execa(
    uv,
    ['pip', 'compile', source, '--output-file', lock, ...UNIVERSAL, ...more, ...PLAIN, ...process.argv.slice(2)],
    { cwd: projectRoot, stdout: 'inherit', stderr: 'inherit' },
  );
  const digest = digestOf([path.join(projectRoot, source)]);
  const header = [
    `# Made by \`npm run lock-python\` from ${path.basename(source)}, whose digest was`,
    `# ${digest}`,
    ...(requireHashes ? ['--require-hashes'] : []),
  ];
  writeFileSync(place, [...header, readFileSync(place, 'utf8')].join('\n'));
}
for (const image of IMAGE_PACKAGES) await lockForImage(uv, image);
