/**
 * Makes a fresh clone ready: npm packages, Python environment, Temporal and S3 servers, build. Needs Node alone to start.
 * `npm run demo` and `npm test` call it first; nothing to do is a matter of a moment.
 *
 *     node tools/setup.mjs [--without build|python|servers]… [--json]
 *
 * Only what is written below ends up in .cache/tools.json, which everything that starts a server or Python reads.
 * @module
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { provideBuild } from './setup/build.mjs';
import { withLock } from './setup/lock.mjs';
import { provideNpm } from './setup/npm.mjs';
import { projectRoot, readJson, toolsFile, writeJson } from './setup/places.mjs';
import { endOrphans } from './setup/processes.mjs';
import { createProgress } from './setup/progress.mjs';
import { providePython } from './setup/python.mjs';
import { SetupError, stopChildren } from './setup/run.mjs';
import { provideServer, servers } from './setup/servers.mjs';

const NODE_AT_LEAST = [20, 19];
const PARTS = ['build', 'python', 'servers'];

/**
 * @param options.without   parts to leave alone, of PARTS; what an earlier set-up recorded of them stays
 * @returns {Promise<{temporal?: string, versitygw?: string, python?: string, why: Record<string, string>}>}
 * @throws SetupError that names every part that failed
 */
export async function setUp({ without = [] } = {}) {
  const progress = createProgress();
  progress.say('Set-up');
  endOrphans();
  const tools = await withLock(
    path.join(projectRoot, '.cache', 'setup.lock'),
    (pid) => progress.say(`  another set-up of this folder is running (process ${pid}); waiting for it`),
    () => provideAll(progress, without),
  );
  progress.say(`  ready after ${progress.elapsed()}`);
  return tools;
}

/** Packages and Python wait for the network, the servers for the compiler: side by side they take as long as the slowest. */
async function provideAll(progress, without) {
  const found = {};
  const chains = [
    async () => {
      await provideNpm(progress);
      if (!without.includes('build')) await provideBuild(progress);
    },
    async () => {
      if (!without.includes('python')) found.python = await providePython(progress);
    },
    async () => {
      if (without.includes('servers')) return;
      for (const server of servers) found[server.key] = await provideServer(server, progress);
    },
  ];
  const ends = await Promise.allSettled(chains.map((chain) => chain()));

  const tools = readJson(toolsFile) ?? {};
  for (const [key, { file, why }] of Object.entries(found)) {
    tools[key] = file;
    tools.why = { ...tools.why, [key]: why };
  }
  writeJson(toolsFile, tools);

  const failures = ends.filter((end) => end.status === 'rejected').map((end) => end.reason);
  const unexpected = failures.find((failure) => !(failure instanceof SetupError));
  if (unexpected) throw unexpected;
  if (failures.length) throw new SetupError(failures.map((failure) => failure.message).join('\n\n'));
  return tools;
}

function options() {
  const { values } = parseArgs({ options: { without: { type: 'string', multiple: true }, json: { type: 'boolean' } } });
  const without = (values.without ?? []).flatMap((parts) => parts.split(','));
  const unknown = without.find((part) => !PARTS.includes(part));
  if (unknown) throw new SetupError(`--without ${unknown}: there is no such part; the parts are ${PARTS.join(', ')}`);
  return { without, json: values.json };
}

async function main() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < NODE_AT_LEAST[0] || (major === NODE_AT_LEAST[0] && minor < NODE_AT_LEAST[1])) {
    throw new SetupError(`This is Node ${process.versions.node}; attune needs ${NODE_AT_LEAST.join('.')} or newer.`);
  }
  const { without, json } = options();
  const tools = await setUp({ without });
  if (json) console.log(JSON.stringify(tools));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.once(signal, () => {
      stopChildren('SIGTERM');
      console.error('\nSet-up interrupted; run the same command again, it goes on from here.');
      process.exit(code);
    });
  }
  main().catch((error) => {
    const known = error instanceof SetupError || error.code?.startsWith('ERR_PARSE_ARGS');
    console.error(`\n${known ? error.message : error.stack}`);
    process.exit(known && !(error instanceof SetupError) ? 2 : 1);
  });
}
