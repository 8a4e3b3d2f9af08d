/**
 * `npm run bench:quality [-- --set FOLDER]… [--seeds 3] [--tokens 128] [--resume]`: attune's default recipe against the common one; what
 * it measures and prints is said in `bench/quality/__main__.py`, to which the arguments go as they are.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findTool, projectRoot } from '../src/dev/toolchain/findTool.js';

const script = join(projectRoot, 'bench', 'quality');
const child = spawn(findTool('python'), [script, ...process.argv.slice(2)], { stdio: 'inherit' });
const [code] = (await once(child, 'close')) as [number | null];
process.exitCode = code ?? 1;
