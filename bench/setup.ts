/**
 * Set-up from nothing: a copy of this tree in an empty home, with Node, Python and the system's own commands on PATH, and no
 * cache of any kind. Then once more, warm.
 *
 *     npm run bench:setup -- [--keep]
 *
 * Downloads three gigabytes where only the GPU build of torch can be had. The last line on stdout is one JSON object; the
 * exit code is 0 only where the goals are met.
 * @module
 */
import { execa } from 'execa';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import which from 'which';
import { durationText } from '../src/dev/toolchain/duration.js';
import { projectRoot } from '../src/dev/toolchain/places.js';
import { findPython } from '../src/dev/toolchain/uv.js';

const GOAL_SECONDS = { coldWithCpuTorch: 180, coldWithGpuTorch: 240, warm: 5 };
/** What npm, pip and shells call; nothing that set-up could take instead of making it. */
const SYSTEM = [
  'sh',
  'bash',
  'env',
  'true',
  'uname',
  'ls',
  'cat',
  'rm',
  'mkdir',
  'dirname',
  'basename',
  'sed',
  'ldd',
  'getconf',
];

const { values } = parseArgs({ options: { keep: { type: 'boolean' } } });
const scratch = mkdtempSync(path.join(tmpdir(), 'attune-bench-setup-'));
const clone = path.join(scratch, 'clone');
try {
  await copyTree();
  const environment = emptyHome();
  const load = loadavg()[0]!;
  const cold = await setUp('cold', environment);
  const why = JSON.parse(cold.stdout) as { why: Record<string, string> };
  const warm = await setUp('warm', environment);
  const torch = why.why.python?.includes('CPU') ? 'CPU' : 'GPU';
  report(cold.seconds, warm.seconds, torch, why.why, load);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  if (values.keep) console.error(`kept: ${scratch}`);
  else rmSync(scratch, { recursive: true, force: true });
}

/** What a fresh clone would hold, with changes that are not committed yet. */
async function copyTree(): Promise<void> {
  const { stdout } = await execa('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: projectRoot,
  });
  for (const name of stdout.split('\0').filter(Boolean))
    cpSync(path.join(projectRoot, name), path.join(clone, name), { force: false });
}

/** The environment as it is, certificates and proxies too, with another home and a PATH of a few programs. */
function emptyHome(): NodeJS.ProcessEnv {
  const bin = path.join(scratch, 'bin');
  const home = path.join(scratch, 'home');
  for (const folder of [bin, home]) mkdirSync(folder);
  const programs = { node: process.execPath, python3: findPython().file };
  for (const [name, file] of Object.entries(programs)) symlinkSync(file, path.join(bin, name));
  for (const name of ['npm', 'npx', ...SYSTEM]) {
    const file = which.sync(name, { nothrow: true });
    if (file !== null) symlinkSync(file, path.join(bin, name));
  }
  const ours = /^(?:ATTUNE_|XDG_|UV_|GO|npm_|NODE_)/;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name) || name === 'NODE_EXTRA_CA_CERTS');
  return { ...Object.fromEntries(kept), HOME: home, PATH: bin };
}

async function setUp(what: string, env: NodeJS.ProcessEnv): Promise<{ seconds: number; stdout: string }> {
  console.error(`── ${what}`);
  const since = performance.now();
  const { stdout, exitCode } = await execa('npm', ['run', '--silent', 'setup', '--', '--json'], {
    cwd: clone,
    env,
    extendEnv: false,
    stdin: 'ignore',
    stderr: 'inherit',
    reject: false,
  });
  if (exitCode !== 0) throw new Error(`${what} set-up failed with exit code ${exitCode}`);
  return { seconds: (performance.now() - since) / 1000, stdout };
}

function report(cold: number, warm: number, torch: 'CPU' | 'GPU', why: Record<string, string>, load: number): void {
  const goal = torch === 'CPU' ? GOAL_SECONDS.coldWithCpuTorch : GOAL_SECONDS.coldWithGpuTorch;
  const rows: [string, number, number][] = [
    [`from nothing, ${torch} build of torch`, cold, goal],
    ['warm', warm, GOAL_SECONDS.warm],
  ];
  for (const [tool, from] of Object.entries(why)) console.log(`${tool.padEnd(10)} ${from}`);
  console.log(`load       ${load.toFixed(1)} before it began\n`);
  for (const [what, seconds, limit] of rows)
    console.log(`${what.padEnd(36)} ${durationText(seconds * 1000).padStart(12)}   goal ${durationText(limit * 1000)}`);
  const met = rows.every(([, seconds, limit]) => seconds <= limit);
  console.log(JSON.stringify({ coldSeconds: rounded(cold), warmSeconds: rounded(warm), torch, load, goalsMet: met }));
  process.exitCode = met ? 0 : 1;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
