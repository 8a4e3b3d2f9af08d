/**
 * dist/: compiled sources, the workflow bundle, generated files. Made again only when something it is made from changed.
 * @module
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { digestOf, projectRoot, readJson } from './places.mjs';
import { SetupError, run } from './run.mjs';

/** Written last by tools/build.mjs, taken away first: an interrupted build never counts as done. */
export const buildStamp = path.join(projectRoot, 'dist', 'build.json');

/** @returns a digest over everything that the build reads: names and contents */
export function sourcesDigest() {
  const packages = readdirSync(path.join(projectRoot, 'packages')).map((name) => path.join('packages', name));
  const sources = ['.', ...packages].flatMap((where) => filesBelow(path.join(projectRoot, where, 'src')).toSorted());
  const others = [
    'tsconfig.json',
    ...packages.map((where) => path.join(where, 'tsconfig.json')),
    'package-lock.json',
    'tools/build.mjs',
    'tools/bundle-workflows.mjs',
  ];
  const files = [...sources, ...others.map((name) => path.join(projectRoot, name))];
  return `${files.length}-${digestOf(files)}`;
}

export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
}

export async function provideBuild(progress) {
  if (readJson(buildStamp)?.sources === sourcesDigest()) {
    progress.say('  Build: dist/ is up to date');
    return;
  }
  const step = progress.start('Build', 'sources changed since dist/ was made, building');
  const built = await run([process.execPath, path.join(projectRoot, 'tools', 'build.mjs')], {
    cwd: projectRoot,
    onLine: (line) => step.detail(line),
  });
  step.end(built.ok ? 'dist/ made' : 'failed');
  if (!built.ok) throw new SetupError(`Build: \`npm run build\` failed:\n${built.tail}`);
}
