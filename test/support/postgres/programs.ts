/**
 * Temporal's server for clusters and its schema tool, built once from the pinned module tools/temporal-server; of PostgreSQL,
 * whatever this machine has.
 * @module
 */
import { execa } from 'execa';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestOf, pins, userCache } from '../../../src/dev/toolchain/places.js';
import { madeOnce } from '../../../src/dev/toolchain/once.js';
import { onPath } from '../../../src/dev/toolchain/programs.js';

export interface ClusterPrograms {
  /** Temporal's server, without a UI and without the command line around it. */
  server: string;
  /** Makes databases and brings their schemas up to date. */
  sqlTool: string;
  /** Folder of PostgreSQL's `initdb`, `postgres` and `psql`. */
  postgres: string;
}

const MODULE = 'temporal-server';
const PACKAGES = { server: 'go.temporal.io/server/cmd/server', sqlTool: 'go.temporal.io/server/cmd/tools/sql' };

/** @throws Error in words for people where PostgreSQL or Go is missing */
export async function clusterPrograms(log: (line: string) => void): Promise<ClusterPrograms> {
  const postgres = postgresFolder();
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
  return { server, sqlTool, postgres };
}

/** Debian keeps them off PATH, in a folder of their major version. */
function postgresFolder(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...onPath('initdb').map((file) => dirname(realpathSync(file))),
    ...versions.map((v) => join(debian, v, 'bin')),
  ];
  const found = folders.find((folder) =>
    ['initdb', 'postgres', 'psql'].every((name) => existsSync(join(folder, name))),
  );
  if (found) return found;
  throw new Error(
    'PostgreSQL is missing: `initdb`, `postgres` and `psql` are nowhere together. Install the package postgresql',
  );
}
