/**
 * `npm run build`: src/ → dist/ of attune and of each package. Types checked, files without a source removed, generated
 * files made, workflows bundled.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../src/dev/toolchain/places.js';
import { buildStamp, filesBelow, packageFolders, sourcesDigest } from './buildStamp.js';

const sources = sourcesDigest();

rmSync(buildStamp, { force: true });
packageFolders().forEach(compile);
node('generated files', 'dist/dev/writeGenerated.js');
manual();
node('workflow bundles', '--import', 'tsx', 'tools/bundleWorkflows.ts');
writeFileSync(buildStamp, `${JSON.stringify({ sources })}\n`);

/** @param where  folder of a package: its src/ becomes its dist/ */
function compile(where: string): void {
  const buildInfo = path.join(where, 'dist', 'tsc.tsbuildinfo');
  const options = ['-p', where, '--incremental', '--tsBuildInfoFile', buildInfo];
  node(`compile ${where}`, 'node_modules/typescript/bin/tsc', ...options);
  removeOrphans(path.join(projectRoot, where));
}

/** What tsc made from a source that is gone would still be imported. */
function removeOrphans(root: string): void {
  const dist = path.join(root, 'dist');
  for (const file of filesBelow(dist)) {
    const stem = /^(.*?)\.(js|d\.ts)(\.map)?$/.exec(path.relative(dist, file))?.[1];
    const generated = stem === undefined || stem.startsWith('workflow-bundle');
    if (!generated && !existsSync(path.join(root, 'src', `${stem}.ts`))) rmSync(file);
  }
}

/** What `man attune` shows where the package is installed. */
function manual(): void {
  const args = ['dist/cli/main.js', 'manual'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: projectRoot, encoding: 'utf8' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(path.join(projectRoot, 'dist', 'attune.1'), stdout);
}

function node(what: string, ...args: string[]): void {
  const done = spawnSync(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
  if (done.status === 0) return;
  console.error(`npm run build: ${what} failed (${args.join(' ')})`);
  process.exit(done.status ?? 1);
}
