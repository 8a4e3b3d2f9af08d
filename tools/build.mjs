/**
 * `npm run build`: src/ → dist/. Types checked, files without a source removed, generated files made, workflows bundled.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildStamp, filesBelow, sourcesDigest } from './setup/build.mjs';
import { projectRoot, writeJson } from './setup/places.mjs';

const sources = sourcesDigest();

rmSync(buildStamp, { force: true });
compile('.');
for (const name of readdirSync(path.join(projectRoot, 'packages'))) compile(path.join('packages', name));
node('generated files', 'dist/dev/writeGenerated.js');
node('workflow bundle', 'tools/bundle-workflows.mjs');
writeJson(buildStamp, { sources });

function node(what, script, ...args) {
  const done = spawnSync(process.execPath, [script, ...args], { cwd: projectRoot, stdio: 'inherit' });
  if (done.status === 0) return;
  console.error(`npm run build: ${what} failed (${script})`);
  process.exit(done.status ?? 1);
}

/** @param where  folder of a package: its src/ becomes its dist/ */
function compile(where) {
  const buildInfo = path.join(where, 'dist', 'tsc.tsbuildinfo');
  node(
    `compile ${where}`,
    'node_modules/typescript/bin/tsc',
    ...['-p', where],
    '--incremental',
    '--tsBuildInfoFile',
    buildInfo,
  );
  removeOrphans(path.join(projectRoot, where));
}

/** What tsc made from a source that is gone would still be imported. */
function removeOrphans(root) {
  const dist = path.join(root, 'dist');
  for (const file of filesBelow(dist)) {
    const stem = /^(.*?)\.(js|d\.ts)(\.map)?$/.exec(path.relative(dist, file))?.[1];
    const generated = stem === undefined || stem === 'workflow-bundle';
    if (!generated && !existsSync(path.join(root, 'src', `${stem}.ts`))) rmSync(file);
  }
}
