import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { imageFor } from '../../src/aws/images.js';
import { pinsIn } from '../../tools/images/lock.js';
import { IMAGE_PACKAGES } from '../../tools/images/table.js';
import { componentsIn, npmSbom } from '../../tools/sbom.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface LockEntry {
  version?: string;
  resolved?: string;
  integrity?: string;
  /** A package of this workspace. */
  link?: boolean;
  dev?: boolean;
  optionalDependencies?: Record<string, string>;
}
const locked = (JSON.parse(read('package-lock.json')) as { packages: Record<string, LockEntry> }).packages;

function versionsOf(name: string): string[] {
  const entries = Object.entries(locked).filter(([where]) => where.endsWith(`node_modules/${name}`));
  return entries.map(([, { version = '' }]) => version);
}

/** Every file that a clone of this repository would hold and that a person wrote. */
function sources(): string[] {
  const ignored = new Set([
    'node_modules',
    'dist',
    '.git',
    '.attune',
    '.cache',
    '__pycache__',
    '.hypothesis',
    'build',
    'coverage',
  ]);
  const ignoredExtension = /\.(png|jpg|gz|safetensors|npy|woff2?|jsonl)$/;
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const name = folder ? `${folder}/${entry.name}` : entry.name;
      if (ignored.has(entry.name) || /^\..*_cache$/.test(entry.name)) return [];
      if (entry.isDirectory()) return below(name);
      return entry.isFile() && !ignoredExtension.test(name) ? [name] : [];
    });
  return below('');
}

function linesThatMatch(pattern: RegExp, files: string[]): string[] {
  return files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
}

type Manifest = Record<'dependencies' | 'devDependencies' | 'peerDependencies', Record<string, string>> & {
  version: string;
  peerDependenciesMeta: Record<string, { optional: true }>;
};
const manifest = (folder = '.'): Manifest => JSON.parse(read(`${folder}/package.json`)) as Manifest;

test('all packages of the Temporal SDK have one version, and an app that has them shares them with attune', () => {
  const { dependencies, devDependencies, peerDependencies, peerDependenciesMeta } = manifest();
  const ofTemporal = (asked: Record<string, string>) =>
    Object.entries(asked).filter(([name]) => name.startsWith('@temporalio/'));
  const needed = Object.keys(peerDependencies).filter((name) => !(name in peerDependenciesMeta));

  expect(versionsOf('@temporalio/common')).toEqual(['1.24.0']);
  // The workflow bundle is made with one minor version's code, and a worker of another one may not run it.
  expect(new Set(ofTemporal(peerDependencies).map(([, range]) => range))).toEqual(new Set(['~1.24.0']));
  expect(needed.filter((name) => !name.startsWith('@temporalio/'))).toEqual([]);
  expect(ofTemporal(dependencies)).toEqual([]);
  expect(ofTemporal(devDependencies)).toEqual([
    ['@temporalio/interceptors-opentelemetry', '1.24.0'],
    ['@temporalio/testing', '1.24.0'],
  ]);
});

test('attune asks for the local SageMaker of its own version', () => {
  const { version, dependencies } = manifest();

  expect(dependencies['trainyard']).toBe(version);
  expect(manifest('packages/trainyard').version).toBe(version);
});

test('there is one protobufjs 8, so that a history read as JSON is one the replayer knows', () => {
  expect(versionsOf('protobufjs').filter((version) => version.startsWith('8.'))).toHaveLength(1);
  const started = { eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED', workflowExecutionStartedEventAttributes: {} };
  expect(historyFromJSON({ events: [{ eventId: '1', ...started }] }).events).toHaveLength(1);
});

test('the npm lock file pins contents and names no host', () => {
  const entries = Object.entries(locked).filter(([where, { link }]) => where.includes('node_modules/') && !link);

  expect(entries.length).toBeGreaterThan(100);
  expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  expect(entries.filter(([, { integrity }]) => integrity === undefined).map(([where]) => where)).toEqual([]);
});

test('the npm lock file holds the builds for every platform: `npm ci` refuses one that does not', () => {
  const optional = Object.values(locked).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));

  expect(optional.filter((name) => versionsOf(name).length === 0)).toEqual([]);
});

test.for([
  ['python/requirements.in', 'python/requirements.lock'],
  ['python/requirements-jobs.in', 'python/locks/any.txt'],
  ['python/requirements-conformance.in', 'python/requirements-conformance.lock'],
  ['python/requirements-conformance-v3.in', 'python/requirements-conformance-v3.lock'],
  ['python/requirements-int8.in', 'python/attune_jobs/serving/onnxruntime.txt'],
  ['tools/wheels.in', 'tools/wheels.lock'],
  ['tools/test-wheels.in', 'tools/test-wheels.lock'],
  ...IMAGE_PACKAGES.map(({ source, file, lock }) => [`${source} ${file}`, lock] as const),
] as const)('%s is what %s was made from', ([sources, lock]) => {
  const hash = createHash('sha256');
  for (const source of sources.split(' ')) hash.update(read(source));

  expect(read(lock).split('\n')[1], 'run `npm run lock-python`').toBe(`# ${hash.digest('hex').slice(0, 16)}`);
});

/** With their markers and hashes. */
const entriesIn = (lock: string): string[] =>
  lock.split(/\n(?=[a-z0-9])/i).filter((entry) => /^[a-z0-9]/i.test(entry) && entry.includes('=='));
const LOCKS = [
  'python/locks/any.txt',
  'python/attune_jobs/serving/onnxruntime.txt',
  ...IMAGE_PACKAGES.map(({ lock }) => lock),
];

test.for(LOCKS)('%s installs by hashes what the tests run on, and neither torch nor what comes with it', (file) => {
  const lock = read(file);
  const withoutMarker = (entry: string) => entry.replace(/ ;.*(?= \\\n)/, '').trim();
  const tested = new Set(
    entriesIn(read('python/requirements.lock')).map((entry) => withoutMarker(entry).split(' ')[0]),
  );

  expect(lock).toMatch(/^--require-hashes$/m);
  expect(entriesIn(lock).length).toBeGreaterThan(0);
  expect(entriesIn(lock).filter((entry) => !tested.has(withoutMarker(entry).split(' ')[0]))).toEqual([]);
  expect(entriesIn(lock).filter((entry) => !/--hash=sha256:[0-9a-f]{64}/.test(entry))).toEqual([]);
  expect(lock).not.toMatch(/^(torch|triton|nvidia-.*|cuda-.*)==/m);
});

test.for(IMAGE_PACKAGES)('in the image $name nothing is installed that is there', ({ lock, file, moves = [] }) => {
  const held = pinsIn(read(file));
  const moved = [...pinsIn(read(lock)).keys()].filter((name) => held.has(name));

  expect(moved.filter((name) => !moves.includes(name))).toEqual([]);
  expect(moved).not.toContain('transformers');
  expect(moved).not.toContain('numpy');
});

test('every image that attune runs on has its list of packages, made for that very tag', () => {
  const used = ['ml.m5.xlarge', 'ml.g5.xlarge'].flatMap((type) =>
    (['job', 'inference'] as const).map((purpose) => imageFor(purpose, type, 'us-east-1')),
  );
  const tags = used.map((choice) => (choice.ok ? choice.uri.split('/')[1] : choice.why));

  expect(IMAGE_PACKAGES.flatMap(({ images }) => images).toSorted()).toEqual(tags.toSorted());
  for (const { file, images } of IMAGE_PACKAGES)
    for (const image of images) expect(read(file)).toContain(`# image: ${image}\n`);
});

test('no file names a package registry or an index: which one serves is the setting of the machine', () => {
  // Without their ends, so that this file may be looked at like every other.
  const hosts = ['npmjs', 'pypi', 'pythonhosted', 'yarnpkg', 'proxy\\.golang', 'download\\.pytorch'];
  const pattern = new RegExp(`(?:${hosts.join('|')})\\.(?:org|com)|--(?:extra-)?index-url`);

  expect(linesThatMatch(pattern, sources())).toEqual([]);
});

test('no file names a folder of one machine', () => {
  const pattern = /(?:^|[^A-Za-z0-9_.])\/(?:root|home\/[a-z]+|Users\/[A-Za-z]+|tmp\/[a-z]+-\d+|work)\/[A-Za-z.]/;

  expect(linesThatMatch(pattern, sources())).toEqual([]);
});

test('nothing tells people to let npx fetch a package that is called attune: outside a checkout that would be a stranger', () => {
  const told = sources().filter((file) => /\.(md|ts|mjs|ya?ml|json)$/.test(file) && !file.startsWith('test/'));

  expect(linesThatMatch(/npx (?:-y |--yes )?attune/, told)).toEqual([]);
});

test('the bill of materials names every package of the Python locks, with the hashes that are pinned', () => {
  const lock = read('python/requirements.lock');
  const components = componentsIn(lock);

  expect(components).toHaveLength(lock.match(/^[a-z0-9._-]+==/gim)!.length);
  expect(components.flatMap(({ hashes }) => hashes)).toHaveLength(lock.match(/--hash=/g)!.length);
  expect(components.find(({ name }) => name === 'numpy')?.purl).toMatch(/^pkg:pypi\/numpy@\d/);
});

test('the bill of materials names every npm package that attune runs with, by the hash that is pinned, in a clone without any', async () => {
  const clone = mkdtempSync(join(tmpdir(), 'any-name-'));
  onTestFinished(() => rmSync(clone, { recursive: true }));
  for (const file of ['package.json', 'package-lock.json', '.npmrc', 'packages/trainyard/package.json'])
    cpSync(join(root, file), join(clone, file));
  const needed = Object.entries(locked).filter(
    ([where, { link, dev }]) => where.includes('node_modules/') && !link && !dev,
  );
  const sha512 = (integrity = '') => Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
  const pinned = needed.map(
    ([where, { version, integrity }]) => `${where.split('node_modules/').at(-1)}@${version} ${sha512(integrity)}`,
  );

  const { metadata, components } = await npmSbom(clone);

  const named = components.map(({ name, version, hashes = [] }) => `${name}@${version} ${hashes[0]?.content}`);
  expect(metadata.component.name).toBe('attune');
  expect(named.filter((one) => !one.startsWith('trainyard@')).toSorted()).toEqual([...new Set(pinned)].toSorted());
}, 60_000);
