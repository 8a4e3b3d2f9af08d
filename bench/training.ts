/**
 * `npm run bench:training [-- --steps 24] [--rounds 1] [--tokens 64]`: attune's training and evaluation against plain scripts of
 * sentence-transformers at equal steps; what it measures and prints is said in `bench/training/__main__.py`, to which the arguments go.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findTool, projectRoot } from '../src/dev/toolchain/findTool.js';

const script = join(projectRoot, 'bench', 'training');
const child = spawn(findTool('python'), [script, ...process.argv.slice(2)], { stdio: 'inherit' });
const [code] = (await once(child, 'close')) as [number | null];
process.exitCode = code ?? 1;
