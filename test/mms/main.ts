/**
 * The long form: `npm run test:mms`. AWS's inference stack (Java, multi-model-server, the Hugging Face toolkit) and the local
 * SageMaker's server answer one suite, in the environment of the inference image. The last line is the figures as JSON. Wants
 * java on PATH (Debian: default-jre-headless).
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from '../../src/dev/toolchain/programs.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { provideImage } from '../../tools/images/environment.js';
import { IMAGE_PACKAGES } from '../../tools/images/table.js';
import { countsIn } from '../../tools/junit.js';

if (ask('java', '-version') === undefined) {
  console.error(
    'There is no java on PATH, which multi-model-server runs on. On Debian: apt-get install default-jre-headless',
  );
  process.exit(1);
}
const image = IMAGE_PACKAGES.find(({ name }) => name === 'inference')!;
const step = { signal: new AbortController().signal, now: () => undefined };
const { python } = await provideImage(image, step);
const scratch = mkdtempSync(join(tmpdir(), 'attune-mms-'));
const report = join(scratch, 'report.xml');
const since = Date.now();
const { status } = spawnSync(
  python,
  [
    '-m',
    'pytest',
    '-q',
    '-rxX',
    '-p',
    'no:cacheprovider',
    `--junitxml=${report}`,
    'test/mms',
    ...process.argv.slice(2),
  ],
  {
    cwd: projectRoot,
    // The figures stand alone on standard output.
    stdio: ['ignore', process.stderr, 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  },
);
const counts = countsIn(readFileSync(report, 'utf8'));
rmSync(scratch, { recursive: true });
console.log(JSON.stringify({ ...counts, seconds: Math.round((Date.now() - since) / 1000) }));
process.exitCode = status ?? 1;
