/**
 * The long form: `npm run test:mms`. AWS's inference stack (Java, multi-model-server, the Hugging Face toolkit) and the local
 * SageMaker's server answer one suite, in the environment of the inference image. Wants java on PATH (Debian: default-jre-headless).
 * @module
 */
import { spawnSync } from 'node:child_process';
import { ask } from '../../src/dev/toolchain/programs.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { provideImage } from '../../tools/images/environment.js';
import { IMAGE_PACKAGES } from '../../tools/images/table.js';

if (ask('java', '-version') === undefined) {
  console.error(
    'There is no java on PATH, which multi-model-server runs on. On Debian: apt-get install default-jre-headless',
  );
  process.exit(1);
}
const image = IMAGE_PACKAGES.find(({ name }) => name === 'inference')!;
const step = { signal: new AbortController().signal, now: () => undefined };
const { python } = await provideImage(image, step);
const { status } = spawnSync(
  python,
  ['-m', 'pytest', '-q', '-rxX', '-p', 'no:cacheprovider', 'test/mms', ...process.argv.slice(2)],
  { cwd: projectRoot, stdio: 'inherit', env: { ...process.env, OMP_NUM_THREADS: '1' } },
);
process.exitCode = status ?? 1;
