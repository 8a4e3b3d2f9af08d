/**
 * The Python environment: every package from the lock, torch as a CPU build where its index can be reached.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { digestOf, projectRoot, readJson, userCache, writeJson } from './places.mjs';
import { SetupError, ask, atLeast, onPath, run } from './run.mjs';

/** Tried in this order: the newest that every locked package has been used with comes first. */
const PYTHONS = ['3.11', '3.12', '3.13', '3.10'];
/** The first uv that knows --torch-backend. */
const UV_AT_LEAST = '0.6.9';
const UV_TO_INSTALL = '0.13.9';
const TORCH_INDEX_PROBE_MS = 5_000;
const STALLED_SOURCE_MS = 60_000;

const requirements = path.join(projectRoot, 'python', 'requirements.in');
const lock = path.join(projectRoot, 'python', 'requirements.lock');

/** An environment is complete when it has this file: the folder gets its final name only after it is written. */
const stampOf = (environment) => path.join(environment, 'attune.json');
const pythonOf = (environment) => path.join(environment, 'bin', 'python');

/** @returns {Promise<{file: string, why: string}>} */
export async function providePython(progress) {
  const python = findPython();
  const environment = path.join(userCache, 'python', `${digestOf([lock, requirements])}-${python.minor}`);
  if (!isComplete(environment)) {
    await withLock(
      `${environment}.lock`,
      (pid) => progress.say(`  Python environment: process ${pid} is making it; waiting`),
      async () => {
        if (!isComplete(environment)) await make(environment, python, progress);
      },
    );
  } else {
    progress.say(`  Python environment: ${environment}, complete already`);
  }
  const { torch } = readJson(stampOf(environment));
  return { file: pythonOf(environment), why: `Python ${python.version} from ${python.file}, ${torch} torch` };
}

/** The link to the base Python can outlive that Python: then the environment is made anew. */
export const isComplete = (environment) => existsSync(stampOf(environment)) && existsSync(pythonOf(environment));

function findPython() {
  const candidates = [...PYTHONS.map((minor) => `python${minor}`), 'python3', 'python'];
  const seen = [];
  for (const file of candidates.flatMap(onPath)) {
    // The program itself, not the name it was found by: a version manager's shim may point elsewhere tomorrow.
    const answer = ask(file, '-c', 'import sys; print("%d.%d.%d %s" % (*sys.version_info[:3], sys.executable))');
    const [version, executable] = answer?.split(' ') ?? [];
    if (!version) continue;
    const minor = version.split('.').slice(0, 2).join('.');
    if (PYTHONS.includes(minor)) return { file: executable, version, minor };
    seen.push(`${file} is ${version}`);
  }
  throw new SetupError(
    `Python environment: no Python of ${PYTHONS.toSorted(byVersion).join(', ')} on PATH (${seen.join(', ') || 'no Python at all'}). ` +
      'Install one of them, with its venv module, and run this command again.',
  );
}

const byVersion = (a, b) => (atLeast(a, b) ? 1 : -1);

async function make(environment, python, progress) {
  const step = progress.start(
    'Python environment',
    `Python ${python.version} at ${python.file}, from python/requirements.lock`,
  );
  try {
    const uv = await provideUv(python, progress);
    const unfinished = `${environment}.unfinished`;
    // Half of an environment is not continued but made anew: what was downloaded lies in uv's cache.
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(path.dirname(environment), { recursive: true });
    // Relocatable, because it gets its final name only when it is complete.
    await must(run([uv, 'venv', '--relocatable', '--python', python.file, unfinished]), 'uv venv');

    step.detail('looking for the index of CPU builds of torch');
    const cpu = await cpuIndexAnswers(uv, unfinished);
    progress.say(
      cpu
        ? '  Python environment: torch as a CPU build, because its index answers; about 1.5 GB on disk'
        : '  Python environment: torch as published for GPUs, because the index of its CPU builds cannot be reached; about 6 GB on disk',
    );
    await must(
      run(
        [
          uv,
          'pip',
          'install',
          '--python',
          pythonOf(unfinished),
          '--requirements',
          requirements,
          '--constraints',
          lock,
          // Else every job compiles torch and transformers anew where Python may not write beside its sources: ten seconds each.
          '--compile-bytecode',
        ].concat(cpu ? ['--torch-backend', 'cpu'] : []),
        { env: { UV_HTTP_TIMEOUT: String(STALLED_SOURCE_MS / 1000) }, onLine: (line) => step.detail(line) },
      ),
      'uv pip install',
    );
    writeJson(stampOf(unfinished), { torch: cpu ? 'CPU' : 'GPU', python: python.version });
    rmSync(environment, { recursive: true, force: true });
    renameSync(unfinished, environment);
    step.end(`${environment}, made`);
  } catch (error) {
    step.end('failed');
    throw error;
  }
}

/** uv knows the index by itself; asked without a retry it says at once whether it can be reached. */
async function cpuIndexAnswers(uv, environment) {
  const answer = await run(
    [
      uv,
      'pip',
      'install',
      '--python',
      pythonOf(environment),
      '--dry-run',
      '--no-deps',
      '--torch-backend',
      'cpu',
    ].concat(readFileSync(requirements, 'utf8').match(/^torch==.*$/gm)),
    { env: { UV_HTTP_TIMEOUT: '3', UV_HTTP_RETRIES: '0' }, limitMs: TORCH_INDEX_PROBE_MS },
  );
  return answer.ok;
}

async function provideUv(python, progress) {
  for (const file of onPath('uv')) {
    const version = /uv (\d+\.\d+\.\d+)/.exec(ask(file, '--version') ?? '')?.[1];
    if (version && atLeast(version, UV_AT_LEAST)) return file;
  }
  const folder = path.join(userCache, `uv-${UV_TO_INSTALL}-${python.minor}`);
  const file = path.join(folder, 'bin', 'uv');
  if (existsSync(file)) return file;
  progress.say(
    `  Python environment: no uv ${UV_AT_LEAST} or newer on PATH, installing ${UV_TO_INSTALL} beside the caches`,
  );
  const fresh = `${folder}.${process.pid}.new`;
  // Into a folder of its own: works with and without the venv module, and on systems that forbid a plain pip install.
  const pip = await run(
    [python.file, '-m', 'pip', 'install', '--disable-pip-version-check', '--timeout', '10', '--retries', '1'].concat([
      '--target',
      fresh,
      `uv==${UV_TO_INSTALL}`,
    ]),
  );
  if (!pip.ok) {
    rmSync(fresh, { recursive: true, force: true });
    throw new SetupError(
      `Python environment: uv could not be installed with ${python.file} -m pip:\n${pip.tail}\n` +
        'Install uv yourself so that it is on PATH, or mend pip (its index must be reachable; on Debian it is the package python3-pip), and run this command again.',
    );
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return file;
}

async function must(running, what) {
  const { ok, tail } = await running;
  if (!ok)
    throw new SetupError(
      `Python environment: ${what} failed:\n${tail}\nMend the cause, then run this command again: what was downloaded is kept.`,
    );
}
