/**
 * npm packages, exactly as the lock file says.
 * @module
 */
import path from 'node:path';
import { projectRoot, readJson } from './places.mjs';
import { SetupError, run } from './run.mjs';

/** A registry that answers at all does so in well under this. */
const PROBE_MS = 10_000;

/** npm's own record of what lies in node_modules is written last, so an interrupted install never counts. */
export function npmIsCurrent() {
  const wanted = readJson(path.join(projectRoot, 'package-lock.json'))?.packages ?? {};
  const found = readJson(path.join(projectRoot, 'node_modules', '.package-lock.json'))?.packages;
  if (!found) return false;
  for (const [where, entry] of Object.entries(wanted)) {
    if (where === '') continue;
    if (!found[where] && !entry.optional) return false; // optional ones are for other platforms
    if (found[where] && found[where].version !== entry.version) return false;
  }
  return Object.keys(found).every((where) => where in wanted);
}

export async function provideNpm(progress) {
  if (npmIsCurrent()) {
    progress.say('  npm packages: in place, as package-lock.json says');
    return;
  }
  const step = progress.start(
    'npm packages',
    'node_modules differs from package-lock.json, installing (about 400 MB on disk)',
  );
  try {
    const reachable = await run(['npm', 'view', 'zod', 'version', '--fetch-retries=0', `--fetch-timeout=${PROBE_MS}`], {
      cwd: projectRoot,
      limitMs: 2 * PROBE_MS,
    });
    const source = reachable.ok ? ['--prefer-offline'] : ['--offline'];
    // npm says first what is wrong, then prints its manual: only the beginning of its errors is worth a line.
    const errors = [];
    const installed = await run(['npm', 'ci', '--no-audit', '--no-fund', ...source], {
      cwd: projectRoot,
      onLine: (line) => {
        if (line.startsWith('npm error')) errors.push(line);
        step.detail(line);
      },
    });
    if (!installed.ok) {
      const unreachable = `the registry cannot be reached and npm's cache does not hold everything (\`npm config get registry\` tells which is set)`;
      throw new SetupError(
        `npm packages: ${reachable.ok ? '`npm ci` failed' : unreachable}:\n${errors.slice(0, 12).join('\n')}\n` +
          'Mend the cause, then run this command again.',
      );
    }
    step.end(reachable.ok ? 'installed' : 'installed from the cache, because the registry cannot be reached');
  } catch (error) {
    step.end('failed');
    throw error;
  }
}
