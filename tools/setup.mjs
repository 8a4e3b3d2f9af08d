/**
 * Makes a clone ready: `node tools/setup.mjs [--without build|python|servers]… [--json]`. Needs Node alone to start, so
 * nothing here imports a package: it checks Node, brings node_modules to what the lock says, and goes on in setup.ts.
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const tools = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(tools, '..');
const lock = path.join(root, '.cache', 'npm-ci');
/** A holder refreshes its lock every second; one that has not for so long is dead. */
const STALE_MS = 5_000;

function end(message, code = 1) {
  console.error(message);
  process.exit(code);
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** npm's own record of what lies in node_modules is written last, so an interrupted install never counts. */
function isCurrent() {
  const found = readPackages('node_modules/.package-lock.json');
  const wanted = Object.entries(readPackages('package-lock.json') ?? {}).filter(([where]) => where !== '');
  // Optional packages are for other platforms, or not.
  return (
    found !== undefined &&
    Object.keys(found).every((where) => wanted.some(([name]) => name === where)) &&
    wanted.every(([where, { version, optional }]) => (found[where] ? found[where].version === version : optional))
  );
}

/** Whoever waited may have it by now, and it was taken from a holder that seemed dead: only the own one counts. */
function holdsLock() {
  try {
    return readFileSync(lock, 'utf8') === String(process.pid);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return false;
  }
}

function releaseLock() {
  if (holdsLock()) rmSync(lock, { force: true });
}

/** @returns whether this process holds the lock now */
async function takeLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (Date.now() - statSync(lock, { throwIfNoEntry: false })?.mtimeMs > STALE_MS) rmSync(lock, { force: true });
    return false;
  }
  // Two that found the same dead holder may both have removed its lock: the later one has it.
  await sleep(100);
  return holdsLock();
}

async function install() {
  mkdirSync(path.dirname(lock), { recursive: true });
  for (let told = false; !(await takeLock()); told = true) {
    if (!told) console.error('npm packages: another set-up of this folder installs them; waiting');
    await sleep(200);
  }
  const beat = setInterval(() => utimesSync(lock, new Date(), new Date()), 1_000);
  process.on('exit', releaseLock);
  if (!isCurrent()) {
    console.error('npm packages: node_modules differs from package-lock.json, installing (about 400 MB on disk)');
    const npm = ['npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=1'];
    const child = spawn(process.execPath, [path.join(tools, 'guard.mjs'), ...npm], {
      cwd: root,
      stdio: ['ignore', 2, 2, 'ipc'],
      detached: true,
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    if (code !== 0)
      end(
        '\nnpm packages: `npm ci` failed, see above. Fix the cause (`npm config get registry` tells which registry is asked), then run this command again.',
      );
  }
  clearInterval(beat);
  releaseLock();
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  end(`This is Node ${process.versions.node}; attune needs 20.19 or newer.`);
const interrupted = () => end('\ninterrupted; the same command continues from here', 130);
process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
if (!isCurrent()) await install();
process.off('SIGINT', interrupted).off('SIGTERM', interrupted);

const { register } = await import('tsx/esm/api');
register();
await import('./setup.ts');
