/**
 * Makes the environment of the SageMaker Python SDK, an outside client that the conformance suite runs, and prints its Python.
 * Made on first use from python/requirements-conformance.lock, then kept: `node tools/conformance-python.mjs`
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './setup/lock.mjs';
import { digestOf, projectRoot, readJson, toolsFile, userCache } from './setup/places.mjs';

const lock = path.join(projectRoot, 'python', 'requirements-conformance.lock');
const environment = path.join(userCache, 'python-conformance', digestOf([lock]));
const python = path.join(environment, 'bin', 'python');
const stamp = path.join(environment, 'attune.json');
const LIMIT_MS = 300_000;

try {
  await withLock(
    `${environment}.lock`,
    (pid) => console.error(`process ${pid} is making it; waiting`),
    () => existsSync(stamp) || make(),
  );
  console.log(python);
} catch (error) {
  console.error(error.stderr?.toString().trim().split('\n').at(-1) || error.message);
  process.exitCode = 1;
}

/** In place, because a venv's programs name their folder; the stamp comes last. */
function make() {
  const base = readJson(toolsFile)?.python;
  if (!base) throw new Error('there is no Python environment yet; run `node tools/setup.mjs`');
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(path.dirname(environment), { recursive: true });
  run(base, '-m', 'venv', environment);
  const quietly = ['--quiet', '--disable-pip-version-check', '--timeout', '10', '--retries', '1'];
  run(python, '-m', 'pip', 'install', ...quietly, '--require-hashes', '--requirement', lock);
  writeFileSync(`${stamp}.new`, '{}');
  renameSync(`${stamp}.new`, stamp);
}

function run(program, ...args) {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: LIMIT_MS });
}
