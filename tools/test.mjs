/**
 * Runs the suites one after the other and adds them up: `tsx tools/test.mjs [suite…]`, all of them by default.
 * The last line is `tests: N passed, N failed, N skipped`; the exit code is 1 when anything failed.
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findTool, projectRoot } from '../src/dev/toolchain/findTool.ts';

const VITEST_SUITES = ['unit', 'activities', 'workflows', 'replay', 'conformance', 'chaos', 'e2e'];
const SUITES = [...VITEST_SUITES, 'python'];

const scratch = mkdtempSync(path.join(tmpdir(), 'attune-tests-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.on(signal, () => process.exit(code));

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !SUITES.includes(name));
if (unknown) {
  console.error(`There is no suite ${unknown}; the suites are ${SUITES.join(', ')}.`);
  process.exit(2);
}

const results = [];
for (const suite of wanted.length ? wanted : SUITES) {
  const since = Date.now();
  const result = testFilesOf(suite) === 0 ? undefined : await (suite === 'python' ? runPytest() : runVitest(suite));
  results.push({ suite, result, seconds: (Date.now() - since) / 1000 });
}

console.log();
for (const { suite, result, seconds } of results) {
  console.log(`${suite.padEnd(12)} ${result ? `${sentence(result)}  (${seconds.toFixed(1)} s)` : 'has no tests yet'}`);
}
const total = { passed: 0, failed: 0, skipped: 0 };
for (const { result } of results) for (const key of Object.keys(total)) total[key] += result?.[key] ?? 0;
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`tests: ${sentence(total)}`);

function sentence({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function testFilesOf(suite) {
  const [folder, pattern] =
    suite === 'python' ? [path.join('python', 'tests'), /^test_.*\.py$/] : [path.join('test', suite), /\.test\.ts$/];
  const where = path.join(projectRoot, folder);
  if (!existsSync(where)) return 0;
  return readdirSync(where, { recursive: true }).filter((name) => pattern.test(path.basename(name))).length;
}

async function runVitest(suite) {
  const report = path.join(scratch, `${suite}.json`);
  const ok = await inherit(process.execPath, [
    path.join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs'),
    ...['run', '--project', suite, '--reporter', 'default', '--reporter', 'json', `--outputFile.json=${report}`],
  ]);
  const json = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  return settle(suite, ok, {
    passed: json?.numPassedTests ?? 0,
    failed: json?.numFailedTests ?? 0,
    skipped: (json?.numPendingTests ?? 0) + (json?.numTodoTests ?? 0),
  });
}

async function runPytest() {
  let python;
  try {
    python = findTool('python');
  } catch (error) {
    console.error(error.message);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const report = path.join(scratch, 'python.xml');
  const ok = await inherit(
    python,
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junitxml=${report}`, 'tests'],
    'python',
  );
  const xml = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const count = (name) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  return settle('python', ok, {
    passed: count('tests') - failed - count('skipped'),
    failed,
    skipped: count('skipped'),
  });
}

/** A suite that has files but ran nothing, or ended badly without a failed test, is one failure and not a silent pass. */
function settle(suite, ok, counts) {
  if (counts.failed > 0) return counts;
  if (!ok) {
    console.error(`${suite}: the run itself failed, see above; counted as one failure`);
    return { ...counts, failed: 1 };
  }
  if (counts.passed + counts.skipped === 0) {
    console.error(`${suite}: there are test files, but no test ran; counted as one failure`);
    return { ...counts, failed: 1 };
  }
  return counts;
}

/** stdin is closed: a suite that asks something would wait for ever. */
function inherit(program, args, cwd = '.') {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: path.join(projectRoot, cwd), stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code === 0));
  });
}
