/**
 * The first ten minutes: from the package to a first model of one's own in service, by the commands that a person types, on data
 * that lie there as questions, passages and judgements (the demo's domain). Caches are warm, as after a first set-up.
 *
 *     npm run bench:first
 *
 * A table of the commands; the last line on stdout is one JSON object. The exit code is 0 only where the model serves, after at
 * most six commands and ten minutes.
 * @module
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { findTool, projectRoot } from '../src/dev/toolchain/findTool.js';
import type { Progress } from '../src/run/progress.js';
import { installPacked, startDev, type Installed, type Running } from '../test/pack/installed.js';
import { table } from './figures.js';

const GOAL = { commands: 6, seconds: 600 };
const NAME = 'first';
/** What people call such a folder. */
const DATA = 'data';

interface Typed {
  command: string;
  seconds: number;
}

const typed: Typed[] = [];
const load = loadavg()[0]!;
const installed = await installPacked((line) => console.error(line));
typed.push({ command: 'npm install attune', seconds: installed.installSeconds });
let dev: Running | undefined;
try {
  await bringData(installed);
  await type('attune setup', () => installed.attune(['setup']));
  dev = await type('attune dev', () => startDev(installed));
  const env = await type('eval "$(attune env)"', async () => environmentOf(installed));
  await type('attune init', () => installed.attune(['init', '--name', NAME, '--data', DATA]));
  await type('attune submit attune.yaml --watch', () => installed.attune(['submit', 'attune.yaml', '--watch'], env));
  const ended = JSON.parse(await installed.attune(['show', NAME, '--json'], env)) as Progress;
  report(ended);
  await installed.attune(['undeploy', NAME, '--yes'], env);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await dev?.interrupt();
  installed.remove();
}

async function type<T>(command: string, work: () => Promise<T>): Promise<T> {
  const since = Date.now();
  const done = await work();
  typed.push({ command, seconds: (Date.now() - since) / 1000 });
  return done;
}

async function bringData({ folder, run }: Installed): Promise<void> {
  const build = join(projectRoot, 'examples', 'aws-api', 'build.py');
  const { code, stderr } = await run(findTool('python'), [build, '--output', join(folder, DATA)]);
  if (code !== 0) throw new Error(stderr);
}

async function environmentOf({ attune }: Installed): Promise<Record<string, string>> {
  return JSON.parse(await attune(['env', '--json'])) as Record<string, string>;
}

function report({ status, decision, endpoint, comparisons }: Progress): void {
  const seconds = typed.reduce((sum, one) => sum + one.seconds, 0);
  const serves = status === 'done' && decision === 'passed' && endpoint?.status === 'InService';
  const met = serves && typed.length <= GOAL.commands && seconds <= GOAL.seconds;
  const rows = [...typed, { command: 'all', seconds }];
  console.log(table(rows.map((row) => ({ command: row.command, seconds: row.seconds.toFixed(1) }))));
  const gain = comparisons['candidate-base'];
  console.log(
    JSON.stringify({ commands: typed, seconds: Math.round(seconds), status, decision, gain, load, goal: GOAL, met }),
  );
  process.exitCode = met ? 0 : 1;
}
