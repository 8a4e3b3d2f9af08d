/**
 * Runs the suites one after the other and adds them up: `node tools/test.mjs [suite…]`, all of them by default.
 * The last line is `tests: N passed, N failed, N skipped`; the exit code is 1 when anything failed.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot, readJson, toolsFile } from './setup/places.mjs';

/** Where each suite's tests lie, for vitest (a project of vitest.config.ts) and for pytest. */
const SUITES = {
  unit: { vitest: 'test/unit' },
  activities: { vitest: 'test/activities' },
  workflows: { vitest: 'test/workflows' },
  replay: { vitest: 'test/replay' },
  trainyard: { vitest: 'packages/trainyard/test', pytest: 'packages/trainyard/test/conformance' },
  conformance: { vitest: 'test/conformance', pytest: 'test/conformance' },
  chaos: { vitest: 'test/chaos' },
  e2e: { vitest: 'test/e2e' },
  pack: { vitest: 'test/pack' },
  python: { pytest: 'python/tests' },
};

const scratch = mkdtempSync(path.join(tmpdir(), 'attune-tests-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.on(signal, () => process.exit(code));

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in SUITES));
if (unknown) {
  console.error(`There is no suite ${unknown}; the suites are ${Object.keys(SUITES).join(', ')}.`);
  process.exit(2);
}

const results = [];
for (const suite of wanted.length ? wanted : Object.keys(SUITES)) {
  const since = Date.now();
  const { vitest, pytest } = SUITES[suite];
  const parts = [];
  if (vitest) parts.push(await runVitest(suite));
  if (pytest) parts.push(await runPytest(suite, pytest));
  results.push({ suite, result: sumOf(parts), seconds: (Date.now() - since) / 1000 });
}

console.log();
for (const { suite, result, seconds } of results) {
  console.log(`${suite.padEnd(12)} ${sentence(result)}  (${seconds.toFixed(1)} s)`);
}
const total = sumOf(results.map(({ result }) => result));
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`tests: ${sentence(total)}`);

function sumOf(counts) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const count of counts) for (const key of Object.keys(sum)) sum[key] += count[key];
  return sum;
}

function sentence({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

async function runVitest(suite) {
  const report = path.join(scratch, `${suite}.json`);
  const ok = await inherit(process.execPath, [
    path.join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs'),
    ...['run', '--project', suite, '--reporter', 'default', '--reporter', 'json', `--outputFile.json=${report}`],
  ]);
  const json = readJson(report);
  return settle(suite, ok, {
    passed: json?.numPassedTests ?? 0,
    failed: json?.numFailedTests ?? 0,
    skipped: (json?.numPendingTests ?? 0) + (json?.numTodoTests ?? 0),
  });
}

async function runPytest(suite, folder) {
  const { python } = readJson(toolsFile) ?? {};
  if (!python || !existsSync(python)) {
    console.error(`${suite}: there is no Python environment yet; run \`node tools/setup.mjs\``);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const report = path.join(scratch, `${suite}-pytest.xml`);
  const ok = await inherit(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junitxml=${report}`, folder]);
  const xml = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const count = (name) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  return settle(suite, ok, {
    passed: count('tests') - failed - count('skipped'),
    failed,
    skipped: count('skipped'),
  });
}

/** The local SageMaker knows nothing of attune's set-up: its tests are told where the programs are. */
function trainyardMachine() {
  const { python, versitygw } = readJson(toolsFile) ?? {};
  const sdk = spawnSync(process.execPath, [path.join(projectRoot, 'tools', 'conformance-python.mjs')], {
    encoding: 'utf8',
  });
  return {
    TRAINYARD_PYTHON: python,
    TRAINYARD_S3_SERVER: versitygw,
    ...(sdk.status === 0 ? { TRAINYARD_SDK_PYTHON: sdk.stdout.trim() } : {}),
  };
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
function inherit(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: projectRoot,
      env: { ...process.env, ...trainyardMachine() },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code === 0));
  });
}
