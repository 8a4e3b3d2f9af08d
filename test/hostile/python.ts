/**
 * The areas that Python reads: data, archives, models and requests, by `python -m attune_hostile`.
 * @module
 */
import { execa } from 'execa';
import path from 'node:path';
import { findTool, projectRoot } from '../../src/dev/toolchain/findTool.js';
import type { Area, Bad } from './area.js';

const FOLDERS = ['test/hostile/python', 'python', 'python/tests'];

export const pythonAreas: Area[] = ['prepare', 'python-archives', 'models', 'endpoint'].map((name) => ({
  name,
  async run(inputs, seed) {
    const args = ['-m', 'attune_hostile', '--area', name, '--inputs', String(inputs), '--seed', String(seed)];
    const env = {
      PYTHONPATH: FOLDERS.map((folder) => path.join(projectRoot, folder)).join(path.delimiter),
      OMP_NUM_THREADS: '1',
    };
    const { stdout } = await execa(findTool('python'), args, {
      env,
      cwd: projectRoot,
      stderr: 'ignore',
      stdin: 'ignore',
    });
    return JSON.parse(stdout) as { tried: number; bad: Bad[] };
  },
}));
