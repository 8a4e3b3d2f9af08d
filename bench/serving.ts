/**
 * A model served four ways, in one run on one machine: by the handler of AWS's sample, by plain sentence-transformers, and by
 * attune in float32 and in int8; in the process that asks, and over HTTP behind the local SageMaker's server.
 *
 *     npm run bench:serving -- [--seconds N] [--passages M]
 *
 * N (5): of each round of single queries over HTTP; M (512): texts that are embedded in bulk. A table on stderr; the last line on stdout is one JSON object; the exit
 * code is 0 only where int8 meets the goals.
 * @module
 */
import { execa } from 'execa';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findTool } from '../src/dev/toolchain/findTool.js';
import { projectRoot } from '../src/dev/toolchain/places.js';
import { round, table } from './figures.js';

/** Of int8 in the asking process, on two processors. */
const GOAL = { timesSample: 8, timesSentenceTransformers: 3, p50Ms: 4 };

interface Measured {
  processors: number;
  passages: number;
  load: number;
  inProcess: Record<string, Record<string, number>>;
  http: Record<string, Record<string, number>>;
}

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, passages: { type: 'string', default: '512' } },
});
const scratch = mkdtempSync(path.join(tmpdir(), 'attune-bench-serving-'));
try {
  const python = findTool('python');
  const folder = path.join(scratch, 'package');
  const inherit = { stderr: 'inherit' } as const;
  await execa(python, [path.join(projectRoot, 'bench/serving_package.py'), folder], { ...inherit, stdout: 'ignore' });
  const bench = [
    path.join(projectRoot, 'bench/serving.py'),
    '--package',
    folder,
    '--round',
    values.seconds,
    '--passages',
    values.passages,
  ];
  report(JSON.parse((await execa(python, bench, inherit)).stdout) as Measured);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function report(measured: Measured): void {
  const { inProcess, http } = measured;
  for (const [where, rows] of Object.entries({ 'in process': inProcess, 'over HTTP': http })) {
    console.error(`\n${where}`);
    console.error(table(Object.entries(rows).map(([way, row]) => ({ way, ...mapped(row) }))));
  }
  const times = (way: string, rows: Measured['inProcess'], by = 'textsPerSecond'): number =>
    round(rows['int8']![by]! / rows[way]![by]!);
  const ratios = {
    timesSample: times('sample', inProcess),
    timesSentenceTransformers: times('sentence-transformers', inProcess),
    timesFloat32: times('float32', inProcess),
    // What neighbours take of the machine is no part of these.
    timesSampleByCpu: times('sample', inProcess, 'textsPerCpuSecond'),
    timesSentenceTransformersByCpu: times('sentence-transformers', inProcess, 'textsPerCpuSecond'),
    timesSampleOverHttp: times('sample', http),
    timesSentenceTransformersOverHttp: times('sentence-transformers', http),
    p50Ms: round(inProcess['int8']!['p50Ms']!),
  };
  const met =
    ratios.timesSample >= GOAL.timesSample &&
    ratios.timesSentenceTransformers >= GOAL.timesSentenceTransformers &&
    ratios.p50Ms <= GOAL.p50Ms;
  console.log(JSON.stringify({ bench: 'serving', ...measured, ratios, goal: GOAL, met }));
  if (!met) process.exitCode = 1;
}

function mapped(row: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, round(value)]));
}
