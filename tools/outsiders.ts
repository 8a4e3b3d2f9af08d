/**
 * Has moto's own tests drive the local SageMaker: `npm run test:outsiders`; see packages/trainyard/OUTSIDERS.md.
 * @module
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { findTool, projectRoot } from '../src/dev/toolchain/findTool.js';
import { provideConformancePython } from '../src/dev/toolchain/python.js';

const { file } = await provideConformancePython({ now: console.error, signal: new AbortController().signal });
const program = path.join(projectRoot, 'packages', 'trainyard', 'test', 'outsiders', 'run.py');
const env = { ...process.env, TRAINYARD_PYTHON: findTool('python'), TRAINYARD_S3_SERVER: findTool('versitygw') };
const { status } = spawnSync(file, [program], { env, stdio: 'inherit' });
process.exitCode = status ?? 1;
