/**
 * The Temporal server and the S3 server: found on the machine, or built from the pinned Go modules beside this folder.
 * @module
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { digestOf, projectRoot, userCache } from './places.mjs';
import { SetupError, ask, atLeast, isExecutable, onPath, run } from './run.mjs';

/** The oldest Go that knows the `tool` directive and language version of our modules. */
const GO_AT_LEAST = '1.26';
/** One module from a warm or near proxy takes a second; more than this means that there is none. */
const GO_PROBE_MS = 20_000;

export const servers = [
  {
    key: 'temporal',
    title: 'Temporal server',
    variable: 'ATTUNE_TEMPORAL',
    /** Older ones cannot pause a workflow and show no tables in a run's details. */
    atLeast: '1.8.0',
    versionOf: (binary) => /temporal version (\d+\.\d+\.\d+)/.exec(ask(binary, '--version') ?? '')?.[1],
    goPackage: 'github.com/temporalio/cli/cmd/temporal',
    goModule: 'github.com/temporalio/cli',
    ldflags: '-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=1.8.2',
    takes: 'about 5 minutes on 2 cores the first time',
  },
  {
    key: 'versitygw',
    title: 'S3 server',
    variable: 'ATTUNE_VERSITYGW',
    /** What the tests run with; older ones have not been tried. */
    atLeast: '1.8.0',
    versionOf: (binary) => /Version *: *v?(\d+\.\d+\.\d+)/.exec(ask(binary, '--version') ?? '')?.[1],
    goPackage: 'github.com/versity/versitygw/cmd/versitygw',
    goModule: 'github.com/versity/versitygw',
    ldflags: '-s -w -X main.Version=1.8.0',
    takes: 'about a minute on 2 cores the first time',
  },
];

/** @returns {Promise<{file: string, why: string}>} */
export async function provideServer(server, progress) {
  const found = findOnMachine(server);
  if (found) {
    progress.say(`  ${server.title}: ${found.file}, ${found.why}`);
    return found;
  }
  const file = cachedBinary(server);
  const why = `built from tools/${server.key} (go.sum ${digestOf([sumOf(server)])})`;
  if (isExecutable(file)) {
    progress.say(`  ${server.title}: ${file}, ${why} earlier`);
    return { file, why };
  }
  await withLock(
    `${file}.lock`,
    (pid) => progress.say(`  ${server.title}: process ${pid} is building it; waiting`),
    async () => {
      if (!isExecutable(file)) await build(server, file, progress);
    },
  );
  return { file, why };
}

/** Named by a variable, which must fit; or on PATH, where only a fitting one is taken. */
export function findOnMachine(server) {
  const named = process.env[server.variable];
  if (named) {
    const file = path.resolve(named);
    const version = existsSync(file) ? server.versionOf(file) : undefined;
    if (version && atLeast(version, server.atLeast))
      return { file, why: `version ${version}, named by ${server.variable}` };
    const fault = !existsSync(file)
      ? 'there is no such file'
      : version
        ? `it is version ${version}`
        : 'it does not tell its version';
    throw new SetupError(
      `${server.variable} is ${named}, but ${fault}. It must be a ${server.key} of version ${server.atLeast} or newer; ` +
        `unset ${server.variable} to have it built from tools/${server.key}.`,
    );
  }
  for (const file of onPath(server.key)) {
    const version = server.versionOf(file);
    if (version && atLeast(version, server.atLeast)) return { file, why: `version ${version}, found on PATH` };
  }
  return undefined;
}

const sumOf = (server) => path.join(projectRoot, 'tools', server.key, 'go.sum');

function cachedBinary(server) {
  const made = `${digestOf([sumOf(server)])}-${process.platform}-${process.arch}`;
  return path.join(userCache, 'servers', `${server.key}-${made}`, server.key);
}

async function build(server, file, progress) {
  const go = findGo(server);
  const cwd = path.join(projectRoot, 'tools', server.key);
  const step = progress.start(
    server.title,
    `none on PATH, building from tools/${server.key} with ${go.version}, ${server.takes}`,
  );
  try {
    await probeModules(server, go, cwd);
    const fresh = `${file}.${process.pid}.new`;
    mkdirSync(path.dirname(file), { recursive: true });
    // What an interrupted build compiled lies in Go's own cache: the next build goes on from there.
    const built = await run(
      [go.file, 'build', '-trimpath', '-ldflags', server.ldflags, '-o', fresh, server.goPackage],
      {
        cwd,
        env: { CGO_ENABLED: '0' },
        onLine: (line) => step.detail(line.replace(/^go: downloading /, 'downloading ')),
      },
    );
    if (!built.ok)
      throw new SetupError(
        `${server.title}: go build failed in tools/${server.key}:\n${built.tail}\n${waysToGet(server)}`,
      );
    renameSync(fresh, file);
    step.end(`${file}, built`);
  } catch (error) {
    step.end('failed');
    throw error;
  }
}

function findGo(server) {
  const seen = [];
  for (const file of [...onPath('go'), path.join('/', 'usr', 'local', 'go', 'bin', 'go')]) {
    const version = /go(\d+\.\d+(\.\d+)?)/.exec(ask(file, 'env', 'GOVERSION') ?? '')?.[1];
    if (version && atLeast(version, GO_AT_LEAST)) return { file, version: `Go ${version}` };
    if (version) seen.push(`${file} is Go ${version}`);
  }
  const looked = seen.length ? seen.join(', ') : 'there is no go on PATH';
  throw new SetupError(
    `${server.title}: no fitting ${server.key} on PATH, and it cannot be built: ${looked}, Go ${GO_AT_LEAST} or newer is needed.\n${waysToGet(server)}`,
  );
}

/** One small question first: without it a proxy that does not answer would hold set-up for minutes. */
async function probeModules(server, go, cwd) {
  const answer = await run([go.file, 'mod', 'download', server.goModule], { cwd, limitMs: GO_PROBE_MS });
  if (answer.ok) return;
  const fault = answer.timedOut ? `did not answer within ${GO_PROBE_MS / 1000} s` : `failed:\n${answer.tail}`;
  throw new SetupError(
    `${server.title}: the Go modules it is built from cannot be had: \`go mod download\` ${fault}\n` +
      `Set GOPROXY to a module proxy that this machine reaches, or bring the server yourself.\n${waysToGet(server)}`,
  );
}

function waysToGet(server) {
  return [
    `Ways to get it, any one of them; then run this command again:`,
    `  1. Put ${server.key} ${server.atLeast} or newer on PATH (a release binary or your package manager's).`,
    `  2. Set ${server.variable} to the path of such a binary.`,
    `  3. Install Go ${GO_AT_LEAST} or newer: it is then built from the pinned modules in tools/${server.key}.`,
    `  4. Copy ${path.dirname(cachedBinary(server))} from a machine of the same kind that has been set up.`,
  ].join('\n');
}
