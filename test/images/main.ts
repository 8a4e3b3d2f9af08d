/**
 * The long form: `npm run test:images [-- IMAGE…]`. The Python suite under the packages of each of AWS's images, after what a job
 * or an endpoint installs there was installed by its own way. Exits 0 only where every test passed and nothing of an image was moved.
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { provideImage } from '../../tools/images/environment.js';
import { IMAGE_PACKAGES } from '../../tools/images/table.js';
import { countsIn, type Counts } from '../../tools/junit.js';

const TOLD = ['torch', 'transformers', 'sentence-transformers', 'accelerate', 'numpy'];

const asked = process.argv.slice(2);
const names = IMAGE_PACKAGES.map(({ name }) => name);
const unknown = asked.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`There is no image ${unknown}; the images are ${names.join(', ')}.`);
  process.exit(2);
}

const interrupted = new AbortController();
process.on('SIGINT', () => interrupted.abort());
const scratch = mkdtempSync(path.join(tmpdir(), 'attune-images-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

type Result = Awaited<ReturnType<typeof tested>> & {
  image: string;
  versions: string;
  setUpSeconds: number;
  seconds: number;
};
const results: Result[] = [];
for (const image of IMAGE_PACKAGES.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  const since = Date.now();
  const step = { signal: interrupted.signal, now: sayOnce(image.name) };
  const { python, packages, moved } = await provideImage(image, step);
  const versions = TOLD.map((name) => `${name} ${packages.get(name) ?? '-'}`).join(', ');
  console.error(`── ${image.name}: ${versions}`);
  const setUpSeconds = Math.round((Date.now() - since) / 1000);
  const counts = await tested(python, image.tests, path.join(scratch, `${image.name}.xml`));
  for (const one of moved) console.error(`${image.name}: installing for a job moved ${one}`);
  const seconds = Math.round((Date.now() - since) / 1000) - setUpSeconds;
  results.push({ image: image.name, versions, ...counts, failed: counts.failed + moved.length, setUpSeconds, seconds });
}

for (const { image, versions, passed, failed, skipped, setUpSeconds, seconds } of results)
  console.log(
    `${image.padEnd(10)} ${passed} passed, ${failed} failed, ${skipped} skipped  (${seconds} s; set-up ${setUpSeconds} s)  ${versions}`,
  );
const sum = (of: 'passed' | 'failed' | 'skipped'): number => results.reduce((total, result) => total + result[of], 0);
console.log(`tests: ${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
console.log(JSON.stringify({ images: results }));
process.exitCode = sum('failed') > 0 ? 1 : 0;

/** What is being done, without its progress. */
function sayOnce(image: string): (text: string) => void {
  let said = '';
  return (text) => {
    const doing = text.split(':')[0]!;
    if (doing !== said) console.error(`${image}: ${doing}`);
    said = doing;
  };
}

async function tested(python: string, tests: readonly string[], report: string): Promise<Counts> {
  const workers = ['--numprocesses', '2', '--dist', 'loadfile'];
  const child = spawn(
    python,
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...workers, `--junitxml=${report}`, ...tests],
    // The table stands alone on standard output. One thread a process, as tools/test.ts has it.
    { cwd: projectRoot, stdio: ['ignore', process.stderr, 'inherit'], env: { ...process.env, OMP_NUM_THREADS: '1' } },
  );
  await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  return countsIn(readFileSync(report, 'utf8'));
}
