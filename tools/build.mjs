/**
 * `npm run build`: src/ → dist/. Types checked, files without a source removed, generated files made, workflows bundled.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../src/dev/toolchain/places.ts';
import { buildStamp, filesBelow, sourcesDigest } from './buildStamp.ts';

const dist = path.join(projectRoot, 'dist');
const sources = sourcesDigest();

rmSync(buildStamp, { force: true });
node('compile', 'node_modules/typescript/bin/tsc', '--incremental', '--tsBuildInfoFile', 'dist/tsc.tsbuildinfo');
removeOrphans();
node('JSON Schema', 'dist/spec/writeJsonSchema.js');
node('workflow bundle', 'tools/bundle-workflows.mjs');
writeFileSync(buildStamp, `${JSON.stringify({ sources })}\n`);

function node(what, script, ...args) {
  const done = spawnSync(process.execPath, [script, ...args], { cwd: projectRoot, stdio: 'inherit' });
  if (done.status === 0) return;
  console.error(`npm run build: ${what} failed (${script})`);
  process.exit(done.status ?? 1);
}

/** What tsc made from a source that is gone would still be imported. */
function removeOrphans() {
  for (const file of filesBelow(dist)) {
    const stem = /^(.*?)\.(js|d\.ts)(\.map)?$/.exec(path.relative(dist, file))?.[1];
    const generated = stem === undefined || stem === 'workflow-bundle';
    if (!generated && !existsSync(path.join(projectRoot, 'src', `${stem}.ts`))) rmSync(file);
  }
}
