/**
 * Whether dist/ was made from the sources as they are.
 * @module
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { digestOf, projectRoot } from '../src/dev/toolchain/places.js';

/** Written last by tools/build.mjs, taken away first: an interrupted build never counts as done. */
export const buildStamp = path.join(projectRoot, 'dist', 'build.json');

/** @returns a digest over everything that the build reads: names and contents */
export function sourcesDigest(): string {
  const sources = filesBelow(path.join(projectRoot, 'src')).toSorted();
  const others = ['tsconfig.json', 'package-lock.json', 'tools/build.mjs', 'tools/bundle-workflows.mjs'];
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
