/**
 * Whether dist/ was made from the sources as they are.
 * @module
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { digestOf, projectRoot } from '../src/dev/toolchain/places.js';

/** Written last by tools/build.ts, taken away first: an interrupted build never counts as done. */
export const buildStamp = path.join(projectRoot, 'dist', 'build.json');

/** Of attune and of each package beside it, relative to the project's root. */
export const packageFolders = (): string[] => [
  '.',
  ...readdirSync(path.join(projectRoot, 'packages')).map((name) => path.join('packages', name)),
];

/** @returns a digest over everything that the build reads: names and contents */
export function sourcesDigest(): string {
  const folders = packageFolders();
  const sources = folders.flatMap((where) => filesBelow(path.join(projectRoot, where, 'src')).toSorted());
  const configs = folders.map((where) => path.join(where, 'tsconfig.json'));
  const others = [...configs, 'package-lock.json', 'tools/build.ts', 'tools/bundleWorkflows.ts'];
  const files = [...sources, ...others.map((name) => path.join(projectRoot, name))];
  return `${files.length}-${digestOf(files)}`;
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
}

export function isBuilt(): boolean {
  try {
    return (JSON.parse(readFileSync(buildStamp, 'utf8')) as { sources?: string }).sources === sourcesDigest();
  } catch {
    return false; // never made, or not to its end
  }
}
