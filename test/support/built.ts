/**
 * Vitest's global setup for the suites that run what ships: `dist/`, made of the sources as they are. A test that passes on an
 * old build would say nothing about the code that is read beside it.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { isBuilt } from '../../tools/buildStamp.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the bundle that workers load, for `Worker.create({ workflowBundle: { codePath } })`. */
    workflowBundle: string;
  }
}

export default function setup(project: TestProject): void {
  if (!isBuilt()) build();
  project.provide('workflowBundle', join(projectRoot, 'dist', 'workflow-bundle.js'));
}

function build(): void {
  console.warn('dist/ is not built from the sources as they are: building it');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: projectRoot, stdio: 'inherit' });
  if (status !== 0)
    throw new Error('These tests run dist/, which is older than the sources, and `npm run build` failed.');
}
