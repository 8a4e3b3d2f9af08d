/**
 * The set-up of a clone: what `attune setup` provides, and beside it the build.
 * @module
 */
import { parseArgs } from 'node:util';
import { EXIT, tell } from '../src/cli/exit.js';
import { processIo } from '../src/cli/io.js';
import { asJson } from '../src/cli/setup.js';
import { projectRoot } from '../src/dev/toolchain/findTool.js';
import { run } from '../src/dev/toolchain/programs.js';
import type { Part } from '../src/dev/toolchain/progress.js';
import { PARTS, setUp } from '../src/dev/toolchain/setUp.js';
import { SetupError } from '../src/dev/toolchain/setupError.js';
import { isBuilt } from './buildStamp.js';

const BUILD: Part<undefined> = {
  title: 'Build',
  provide: async ({ now, signal }) => {
    if (isBuilt()) return { result: undefined, line: 'dist/ is up to date' };
    now('sources changed since dist/ was made, building');
    const built = await run(['npm', 'run', '--silent', 'build'], { cwd: projectRoot, signal });
    if (!built.ok)
      throw new SetupError(`\`npm run build\` failed:\n${built.tail}`, 'mend the cause, then npm run setup');
    return { result: undefined, line: 'dist/ made' };
  },
};

const io = processIo();
try {
  const { values } = parseArgs({ options: { without: { type: 'string', multiple: true }, json: { type: 'boolean' } } });
  const without = new Set((values.without ?? []).flatMap((parts) => parts.split(',')));
  const unknown = [...without].find((part) => part !== 'build' && !PARTS.some((known) => known === part));
  if (unknown !== undefined) {
    io.say(`--without ${unknown}: there is no such part; the parts are ${['build', ...PARTS].join(', ')}`);
    process.exitCode = EXIT.usage;
  } else {
    const tools = await setUp({
      without: PARTS.filter((part) => without.has(part)),
      beside: without.has('build') ? [] : [BUILD],
      terminal: io.terminal.out && io.terminal.talk,
      signal: io.interruption(),
    });
    if (values.json) io.json(asJson(tools));
  }
} catch (error) {
  process.exitCode = tell(error, io);
  if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) process.exitCode = EXIT.usage;
}
