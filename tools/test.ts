/**
 * Runs the suites and adds them up: `tsx tools/test.ts [suite…]`, all but the long one by default. Several at once run side by side,
 * each with its output in one piece when it ends; a single one shows it as it comes.
 * What failed is named at the end: of a log of many suites often only the end is kept. The last line is `tests: N passed, N failed, N skipped`; the exit code is 1 when anything failed.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { findTool, projectRoot } from '../src/dev/toolchain/findTool.js';
import { countsIn, failuresIn, type Counts, type Failure } from './junit.js';

/**
 * Where each suite's tests lie, for vitest (a project of vitest.config.ts) and for pytest. The longest come first, and of those what
 * mostly waits: the last to end would otherwise run alone, on a machine that has nothing else to do.
 */
const SUITES: Record<string, { vitest?: string; pytest?: string }> = {
  workflows: { vitest: 'test/workflows' },
  python: { pytest: 'python/tests' },
  chaos: { vitest: 'test/chaos' },
  e2e: { vitest: 'test/e2e' },
  trainyard: { vitest: 'packages/trainyard/test', pytest: 'packages/trainyard/test/conformance' },
  conformance: { vitest: 'test/conformance', pytest: 'test/conformance' },
  pack: { vitest: 'test/pack' },
  hostile: { vitest: 'test/hostile' },
  unit: { vitest: 'test/unit' },
  activities: { vitest: 'test/activities' },
  replay: { vitest: 'test/replay' },
};
/** By its name alone: `npm run test:long`. */
const LONG: Record<string, { vitest?: string; pytest?: string }> = { long: { vitest: 'test/long' } };
/** Most tests wait, for servers, timers and processes: with three suites at once two cores are busy (two took longer). */
const LANES = 3;
/** pytest's processes within one suite. */
const PYTEST_WORKERS = 2;
const SLOWEST = 10;
/** Of a failure, at the end; the whole of it stands where its suite ended. */
const FAILURE_LINES = 12;
const FAILURE_WIDTH = 300;

interface Timed {
  name: string;
  seconds: number;
}

interface Part {
  suite: string;
  program: string;
  args: string[];
  /** Made by the runner, read by `read`. */
  report: string;
  read: (report: string) => { counts: Counts; tests: Timed[]; failures: Failure[] };
}

const scratch = mkdtempSync(path.join(tmpdir(), 'attune-tests-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

const wanted = process.argv.slice(2);
const known = { ...SUITES, ...LONG };
const unknown = wanted.find((name) => !(name in known));
if (unknown !== undefined) {
  console.error(`There is no suite ${unknown}; the suites are ${Object.keys(known).join(', ')}.`);
  process.exit(2);
}

const suites = wanted.length ? wanted : Object.keys(SUITES);
const parts = suites.flatMap(partsOf);
const environment = {
  ...process.env,
  // One thread a process: several that share two cores would spend most of their time waiting for each other's threads.
  OMP_NUM_THREADS: '1',
  ...trainyardMachine(),
};
const results = new Map<string, { counts: Counts; seconds: number }>();
const tests: Timed[] = [];
const failures: Failure[] = [];

const waiting = [...parts];
await Promise.all(Array.from({ length: LANES }, lane));

console.log('\nslowest tests:');
for (const { name, seconds } of tests.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST))
  console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}`);
console.log();
for (const suite of suites) {
  const { counts, seconds } = results.get(suite)!;
  console.log(`${suite.padEnd(12)} ${sentence(counts)}  (${seconds.toFixed(1)} s)`);
}
if (failures.length > 0) {
  console.log('\nfailed tests:');
  for (const { name, message } of failures) console.log(`- ${name}\n${firstLines(message)}`);
  console.log();
}
const total = sumOf([...results.values()].map(({ counts }) => counts));
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`tests: ${sentence(total)}`);

async function lane(): Promise<void> {
  for (let part = waiting.shift(); part; part = waiting.shift()) {
    const since = Date.now();
    const ok = await run(part);
    const read = existsSync(part.report)
      ? part.read(readFileSync(part.report, 'utf8'))
      : { counts: sumOf([]), tests: [], failures: [] };
    tests.push(...read.tests);
    failures.push(...read.failures.map(({ name, message }) => ({ name: `${part.suite}: ${name}`, message })));
    const before = results.get(part.suite);
    results.set(part.suite, {
      counts: sumOf([before?.counts ?? sumOf([]), settled(part.suite, ok, read.counts)]),
      seconds: (before?.seconds ?? 0) + (Date.now() - since) / 1000,
    });
  }
}

function partsOf(suite: string): Part[] {
  const { vitest, pytest } = known[suite]!;
  // pytest's part is the longer one wherever there are both.
  return [...(pytest ? [pytestOf(suite, pytest)] : []), ...(vitest ? [vitestOf(suite)] : [])];
}

function vitestOf(suite: string): Part {
  const report = path.join(scratch, `${suite}.json`);
  const program = path.join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter', 'default', '--reporter', 'json', `--outputFile.json=${report}`];
  return {
    suite,
    program: process.execPath,
    args: [program, 'run', '--project', suite, ...reporters],
    report,
    read: (text) => {
      const json = JSON.parse(text) as {
        numPassedTests: number;
        numFailedTests: number;
        numPendingTests: number;
        numTodoTests: number;
        testResults: {
          /** Of the file itself, where it could not be loaded. */
          message: string;
          name: string;
          assertionResults: { fullName: string; status: string; duration?: number; failureMessages?: string[] }[];
        }[];
      };
      return {
        counts: {
          passed: json.numPassedTests,
          failed: json.numFailedTests,
          skipped: json.numPendingTests + json.numTodoTests,
        },
        tests: json.testResults.flatMap(({ assertionResults }) =>
          assertionResults.map(({ fullName, duration = 0 }) => ({
            name: `${suite}: ${fullName}`,
            seconds: duration / 1000,
          })),
        ),
        failures: json.testResults.flatMap(({ name, message, assertionResults }) => [
          ...(message ? [{ name: path.relative(projectRoot, name), message }] : []),
          ...assertionResults
            .filter(({ status }) => status === 'failed')
            .map(({ fullName, failureMessages = [] }) => ({
              name: `${path.relative(projectRoot, name)}: ${fullName}`,
              message: failureMessages.join('\n'),
            })),
        ]),
      };
    },
  };
}

function pytestOf(suite: string, folder: string): Part {
  const report = path.join(scratch, `${suite}-pytest.xml`);
  const workers = ['--numprocesses', String(PYTEST_WORKERS), '--dist', 'loadfile'];
  return {
    suite,
    program: findTool('python'),
    args: ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...workers, `--junitxml=${report}`, folder],
    report,
    read: (text) => {
      const cases = text.matchAll(/<testcase classname="([^"]*)" name="([^"]*)" time="([^"]*)"/g);
      return {
        counts: countsIn(text),
        tests: [...cases].map(([, file, name, time]) => ({
          name: `${suite}: ${file}.${name}`,
          seconds: Number(time),
        })),
        failures: failuresIn(text),
      };
    },
  };
}

/** stdin is closed: a suite that asks something would wait for ever. */
function run({ suite, program, args }: Part): Promise<boolean> {
  const alone = parts.length === 1;
  if (!alone)
    console.log(`── ${suite}: running ${path.basename(program)} ${args.find((arg) => /vitest|pytest/.test(arg))}`);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: projectRoot,
      env: environment,
      stdio: ['ignore', alone ? 'inherit' : 'pipe', alone ? 'inherit' : 'pipe'],
    });
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => output.push(data));
    child.on('error', reject);
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

/** A suite that ran nothing, or ended badly without a failed test, is one failure and not a silent pass. */
function settled(suite: string, ok: boolean, counts: Counts): Counts {
  if (counts.failed > 0) return counts;
  if (ok && counts.passed + counts.skipped > 0) return counts;
  console.error(`${suite}: ${ok ? 'no test ran' : 'the run itself failed, see above'}; counted as one failure`);
  return { ...counts, failed: 1 };
}

/** The local SageMaker knows nothing of attune's set-up: its tests are told where the programs are. */
function trainyardMachine(): Record<string, string> {
  if (!suites.some((suite) => SUITES[suite]!.pytest)) return {};
  return {
    TRAINYARD_PYTHON: findTool('python'),
    TRAINYARD_S3_SERVER: findTool('versitygw'),
    ...sdkPython('TRAINYARD_SDK_PYTHON'),
    ...sdkPython('TRAINYARD_SDK3_PYTHON', 'v3'),
    ...sdkPython('TRAINYARD_LANGUAGE_MODEL_PYTHON', 'language-model'),
  };
}

/** @returns nothing where it cannot be made: the tests that want it say so */
function sdkPython(variable: string, ...version: string[]): Record<string, string> {
  const program = ['--import', 'tsx', path.join('tools', 'conformance-python.ts'), ...version];
  const made = spawnSync(process.execPath, program, { cwd: projectRoot, encoding: 'utf8' });
  if (made.status === 0) return { [variable]: made.stdout.trim() };
  console.error(made.stderr.trim());
  return {};
}

function firstLines(message: string): string {
  const lines = stripVTControlCharacters(message).split('\n').slice(0, FAILURE_LINES);
  return lines.map((line) => `    ${line.slice(0, FAILURE_WIDTH)}`).join('\n');
}

function sumOf(counts: Counts[]): Counts {
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    skipped: counts.reduce((sum, { skipped }) => sum + skipped, 0),
  };
}

function sentence({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
