/**
 * Running other programs: their output becomes progress, their failure an error that a person can act on.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { recordStarted } from './processes.mjs';

/** A failure whose message is meant for the person who started set-up: what, why, and what to do. */
export class SetupError extends Error {}

const children = new Set();

/** Ends what set-up started, so that an interrupted set-up leaves no compiler or download behind. */
export function stopChildren(signal) {
  for (const child of children) {
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

/**
 * Runs a program to its end.
 *
 * @param command   program and arguments
 * @param options.limitMs   the program is ended after so long; none by default
 * @param options.onLine    called with each line of its output as it comes
 * @param options.env       added to this process's environment
 * @returns {Promise<{ok: boolean, timedOut: boolean, stdout: string, tail: string}>} tail: the last lines of both streams
 */
export function run([program, ...args], { cwd, env, limitMs, onLine } = {}) {
  return new Promise((resolve) => {
    // A process group of its own: npm and go start children that must end with them.
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    children.add(child);
    const forget = child.pid ? recordStarted(child.pid) : () => {};
    let stdout = '';
    let timedOut = false;
    const lines = [];
    const take = (chunk) => {
      for (const line of chunk.toString().split('\n')) {
        if (!line.trim()) continue;
        lines.push(line);
        if (lines.length > 25) lines.shift();
        onLine?.(line.trim());
      }
    };
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      take(chunk);
    });
    child.stderr.on('data', take);
    const timer =
      limitMs &&
      setTimeout(() => {
        timedOut = true;
        process.kill(-child.pid, 'SIGKILL');
      }, limitMs);
    const end = (ok) => {
      clearTimeout(timer);
      children.delete(child);
      forget();
      resolve({ ok, timedOut, stdout, tail: lines.join('\n') });
    };
    child.on('error', (error) => {
      lines.push(error.message);
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

/** @returns what a short question to a program (`--version`) answered on stdout or stderr, or undefined */
export function ask(program, ...args) {
  const answer = spawnSync(program, args, { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'pipe'] });
  return answer.status === 0 ? `${answer.stdout}${answer.stderr}`.trim() : undefined;
}

/** @returns every file of this name on PATH that may be executed, in PATH's order */
export function onPath(name) {
  const found = [];
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    if (folder && isExecutable(file) && !found.includes(file)) found.push(file);
  }
  return found;
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @returns whether dotted version `found` is `wanted` or newer; missing parts count as 0 */
export function atLeast(found, wanted) {
  const [a, b] = [found, wanted].map((version) => version.split('.').map(Number));
  for (let part = 0; part < b.length; part += 1) {
    if ((a[part] ?? 0) !== b[part]) return (a[part] ?? 0) > b[part];
  }
  return true;
}
