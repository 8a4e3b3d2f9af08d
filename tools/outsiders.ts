/**
 * Has tests of others drive the local SageMaker: moto's by `npm run test:outsiders`, the SageMaker Python SDK's by
 * `npm run test:outsiders -- --sdk FOLDER`, a checkout of its repository; see packages/trainyard/OUTSIDERS.md.
 * @module
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { findTool, projectRoot } from '../src/dev/toolchain/findTool.js';
import { pins } from '../src/dev/toolchain/places.js';
import { provideConformancePython } from '../src/dev/toolchain/python.js';

const step = { now: console.error, signal: new AbortController().signal };
const { file } = await provideConformancePython(step);
const v3 = await provideConformancePython(step, pins.conformanceV3Lock);
const tests = path.join(projectRoot, 'packages', 'trainyard', 'test');
const env = {
  ...process.env,
  TRAINYARD_PYTHON: findTool('python'),
  TRAINYARD_S3_SERVER: findTool('versitygw'),
  TRAINYARD_SDK3_PYTHON: v3.file,
  PYTHONPATH: path.join(tests, 'conformance'),
};
const { status } = spawnSync(file, [path.join(tests, 'outsiders', 'run.py'), ...process.argv.slice(2)], {
  env,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
