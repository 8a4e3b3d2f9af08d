/**
 * Where set-up reads its pins and keeps what it makes: nothing of it ever lies in the package's own folder.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's root: three folders above this file, in `src/` and `dist/` alike. */
export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Or else a package that npm installed. */
export const isClone = !projectRoot.split(sep).includes('node_modules');

/** What a person types to set up. */
export const SETUP_COMMAND = isClone ? 'npm run setup' : 'npx --no-install attune setup';

const userFolder = (variable: string, fallback: string): string =>
  join(process.env[variable] || join(homedir(), fallback), 'attune');

/** Programs and Python environments, each below a name made from what it is made of. It may be deleted at any time. */
export const userCache = (): string => userFolder('XDG_CACHE_HOME', '.cache');

/** The record of where they are. */
export const userData = (): string => userFolder('XDG_DATA_HOME', join('.local', 'share'));

/** The pins, all of them inside the published package. */
export const pins = {
  wheels: join(projectRoot, 'tools', 'wheels.lock'),
  requirements: join(projectRoot, 'python', 'requirements.in'),
  requirementsLock: join(projectRoot, 'python', 'requirements.lock'),
  conformanceLock: join(projectRoot, 'python', 'requirements-conformance.lock'),
  conformanceV3Lock: join(projectRoot, 'python', 'requirements-conformance-v3.lock'),
  languageModelLock: join(projectRoot, 'python', 'requirements-language-model.lock'),
  goModule: (name: string): string => join(projectRoot, 'tools', name),
};

/** @returns the first 16 hex digits of the SHA-256 over the files' bytes, in the order given */
export function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
