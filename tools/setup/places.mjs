/**
 * Where set-up keeps things: in the project what belongs to this clone, in the user's cache what all clones share.
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What set-up found or made, read by everything that starts a server or Python. */
export const toolsFile = path.join(projectRoot, '.cache', 'tools.json');

/** Binaries and Python environments, keyed by what they are made from, so that a second clone finds them ready. */
export const userCache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'attune');

/** @returns the first 16 hex digits of the SHA-256 over the files' bytes, in the order given */
export function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/** Written beside and renamed, so that a reader never sees half a file. */
export function writeJson(file, value) {
  mkdirSync(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(fresh, file);
}

/** @returns the file's JSON, or undefined when there is none or it cannot be read as JSON (set-up then makes it anew) */
export function readJson(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
