/**
 * The switch of index and model under questions: npm run bench:index -- [--questions 10000] [--switches 24]
 *
 * Pairs of endpoint and index are made by runs, switched, rolled back and removed, while questions are asked without a pause and
 * worker, database and Temporal are killed. One JSON line of figures; exit code 0 only where none failed and none was mixed.
 */
import { execa } from 'execa';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../src/dev/toolchain/places.js';

const { values } = parseArgs({
  options: { questions: { type: 'string', default: '10000' }, switches: { type: 'string', default: '24' } },
});
const folder = mkdtempSync(join(tmpdir(), 'attune-bench-index-'));
const figures = join(folder, 'figures.json');
try {
  const { exitCode } = await execa(
    'npx',
    ['vitest', 'run', '--project', 'workflows', 'test/workflows/index-switch.test.ts'],
    {
      cwd: projectRoot,
      env: {
        ATTUNE_SWITCH_QUESTIONS: values.questions,
        ATTUNE_SWITCH_SWITCHES: values.switches,
        ATTUNE_SWITCH_FIGURES: figures,
      },
      stdout: process.stderr,
      stderr: process.stderr,
      reject: false,
    },
  );
  if (existsSync(figures)) console.log(readFileSync(figures, 'utf8'));
  process.exitCode = exitCode === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
