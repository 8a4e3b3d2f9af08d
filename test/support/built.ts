/**
 * Vitest's global setup for the suites that run what ships: `dist/`, made of the sources as they are. A test that passes on an
 * old build would say nothing about the code that is read beside it.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { projectRoot } from '../../src/dev/tools.js';
// @ts-expect-error -- plain JavaScript
import { buildStamp, sourcesDigest } from '../../tools/setup/build.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the bundle that workers load, for `Worker.create({ workflowBundle: { codePath } })`. */
    workflowBundle: string;
  }
}

export default function setup(project: TestProject): void {
  if (builtFrom() !== sourcesDigest()) build();
  project.provide('workflowBundle', join(projectRoot, 'dist', 'workflow-bundle.js'));
}

/** The digest of the sources that the last whole build was made of. */
const builtFrom = (): unknown =>
  existsSync(buildStamp) ? (JSON.parse(readFileSync(buildStamp, 'utf8')) as { sources?: string }).sources : undefined;

function build(): void {
  console.warn('dist/ is not built from the sources as they are: building it');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: projectRoot, stdio: 'inherit' });
  if (status !== 0)
    throw new Error('These tests run dist/, which is older than the sources, and `npm run build` failed.');
}
