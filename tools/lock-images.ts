/**
 * Writes `python/images/`: the Python packages of each image that attune runs on, from the Dockerfiles that AWS publishes:
 * `npm run lock-images -- CLONE`, where CLONE is a clone of github.com/aws/deep-learning-containers, bare or not.
 *
 * What a Dockerfile pins is exact. What it leaves open is taken as pip would have on the day of its last commit: AWS
 * builds its images anew without a change of the tag, and publishes no list of what is in them.
 * @module
 */
import { execa } from 'execa';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot } from '../src/dev/toolchain/places.js';
import { findPython, provideUv } from '../src/dev/toolchain/uv.js';
import { readDockerfile, type PipStep } from './images/dockerfile.js';
import { IMAGE_PACKAGES, type ImagePackages } from './images/table.js';

const BRANCH = 'master';
/** Compiled in the image against its torch, or part of it, or (smclarify) not to be had beside the rest. attune imports none. */
const LEFT_OUT = ['flash-attn', 'kenlm', 'TransformerEngine', 'nvidia-mathdx', 'triton', 'mpi4py', 'smclarify', 'pip'];
/** Of the processor's own build of torch. */
const OF_TORCH = /^(nvidia-|cuda-|triton)/;
const PLATFORM = 'x86_64-manylinux_2_35';

const clone = process.argv[2];
if (clone === undefined) {
  console.error('usage: npm run lock-images -- CLONE-OF-aws/deep-learning-containers');
  process.exit(2);
}
const git = async (...args: string[]): Promise<string> => (await execa('git', ['-C', clone, ...args])).stdout;
const uv = await provideUv(findPython(), { now: console.error, signal: new AbortController().signal });

for (const image of IMAGE_PACKAGES) {
  const read = await Promise.all(image.dockerfiles.map((file) => git('show', `${BRANCH}:${file}`)));
  const files = read.map((text) => readDockerfile(text, image.leaveOut));
  const [commit, day] = (await git('log', '-1', '--format=%H %cs', BRANCH, '--', image.dockerfiles.at(-1)!)).split(' ');
  const python = files.map(({ arguments: values }) => values.get('PYTHON_VERSION')).find(Boolean);
  if (!commit || !day || !python) throw new Error(`${image.dockerfiles.join(', ')}: no commit or no PYTHON_VERSION`);
  const steps = files.flatMap((file) => file.steps);
  const packages = await installed(steps, { python, day });
  for (const [name, version] of Object.entries(image.instead ?? {})) packages.set(name, version);
  writeFileSync(path.join(projectRoot, image.file), textOf(image, { commit, day, python, packages }));
  console.log(`${image.file}: ${packages.size} packages of ${day}`);
}

/** Step by step, as pip goes: what is there and fits stays, and what came before is not asked whether it still fits. */
async function installed(
  steps: readonly PipStep[],
  { python, day }: { python: string; day: string },
): Promise<Map<string, string>> {
  const there = new Map<string, string>();
  /** By the Dockerfile itself: no later step moves them, whatever its packages ask for. */
  const pinned = new Map<string, string>();
  const scratch = mkdtempSync(path.join(tmpdir(), 'attune-images-'));
  const output = path.join(scratch, 'resolved.txt');
  const overrides = path.join(scratch, 'pinned.txt');
  try {
    for (const { verb, packages, upgrade, noDeps } of steps) {
      const wanted = packages.filter((requirement) => !LEFT_OUT.includes(nameOf(requirement)));
      if (verb === 'uninstall') for (const name of packages) there.delete(normal(name));
      if (verb === 'uninstall' || wanted.length === 0) continue;
      for (const requirement of wanted) pinned.delete(normal(nameOf(requirement)));
      writeFileSync(output, listOf(there));
      writeFileSync(overrides, listOf(pinned));
      const args = ['--output-file', output, '--overrides', overrides, '--python-version', python];
      const more = [
        ...(upgrade ? wanted.flatMap((requirement) => ['--upgrade-package', nameOf(requirement)]) : []),
        ...(noDeps ? ['--no-deps'] : []),
      ];
      const plain = [
        '--python-platform',
        PLATFORM,
        '--exclude-newer',
        day,
        '--no-annotate',
        '--no-header',
        '--quiet',
        '--no-python-downloads',
      ];
      await execa(uv, ['pip', 'compile', '-', ...args, ...more, ...plain], { input: wanted.join('\n') });
      for (const line of readFileSync(output, 'utf8').split('\n')) {
        const [name, version] = line.split('==');
        if (name && version && !OF_TORCH.test(name)) there.set(normal(name), version);
      }
      for (const requirement of wanted)
        if (/^[^<>=!~,]+==[^,]+$/.test(requirement))
          pinned.set(normal(nameOf(requirement)), requirement.split('==')[1]!);
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return there;
}

function nameOf(requirement: string): string {
  return /^[A-Za-z0-9._-]+/.exec(requirement)?.[0] ?? requirement;
}

function normal(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function listOf(packages: ReadonlyMap<string, string>): string {
  const sorted = [...packages].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, version]) => `${name}==${version}\n`).join('');
}

function textOf(
  { images, dockerfiles }: ImagePackages,
  found: { commit: string; day: string; python: string; packages: ReadonlyMap<string, string> },
): string {
  const header = [
    'Made by `npm run lock-images`: what the image holds, as far as its Dockerfile tells. What the Dockerfile does not pin',
    `is what was newest on ${found.day}.`,
    ...images.map((image) => `image: ${image}`),
    ...dockerfiles.map((file) => `source: github.com/aws/deep-learning-containers ${file}`),
    `commit: ${found.commit} of ${found.day}`,
    `python: ${found.python}`,
  ];
  return header.map((line) => `# ${line}\n`).join('') + listOf(found.packages);
}
