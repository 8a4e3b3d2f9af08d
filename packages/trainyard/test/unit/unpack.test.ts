import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { unpack } from '../../src/hosting/unpack.js';
import { python } from '../support/machine.js';

/** Writes an archive of [name, type, content or target] entries, and what Python's own filter makes of it. */
const PROGRAM = `
import io, json, os, sys, tarfile
from pathlib import Path

archive, out, entries = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
with tarfile.open(archive, "w:gz", format=tarfile.PAX_FORMAT) as tar:
    for name, kind, text in entries:
        entry = tarfile.TarInfo(name)
        entry.type = getattr(tarfile, kind)
        entry.mode = 0o4777
        if kind in ("SYMTYPE", "LNKTYPE"):
            entry.linkname = text
        elif kind not in ("DIRTYPE", "FIFOTYPE"):
            entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text.encode()))
try:
    with tarfile.open(archive) as tar:
        tar.extractall(out, filter="data")
    print(json.dumps({str(p.relative_to(out)): [p.read_text(), p.stat().st_mode & 0o7777] for p in out.rglob("*") if p.is_file()}))
except (tarfile.FilterError, tarfile.ExtractError):
    print("null")
`;

type Entry = [
  name: string,
  type: 'REGTYPE' | 'CONTTYPE' | 'DIRTYPE' | 'SYMTYPE' | 'LNKTYPE' | 'FIFOTYPE',
  text: string,
];
type Content = Record<string, [text: string, mode: number]>;

const scratch = mkdtempSync(join(tmpdir(), 'trainyard-unpack-'));
const folder = join(scratch, 'outer', 'model');
const file = join(scratch, 'model.tar.gz');

beforeEach(() => {
  rmSync(join(scratch, 'outer'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
});
afterAll(() => rmSync(scratch, { recursive: true }));

function byPython(entries: Entry[]): Content | null {
  const out = join(scratch, 'python', 'model');
  rmSync(join(scratch, 'python'), { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const told = execFileSync(python, ['-c', PROGRAM, file, out, JSON.stringify(entries)], { encoding: 'utf8' });
  return JSON.parse(told) as Content | null;
}

const unpackHere = (): Promise<void> => unpack(createReadStream(file), folder, AbortSignal.timeout(10_000));

const contentHere = (): Content =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((path) => [path, statSync(join(folder, path))] as const)
      .filter(([, stat]) => stat.isFile())
      .map(([path, stat]) => [path, [readFileSync(join(folder, path), 'utf8'), stat.mode & 0o7777]]),
  );

test.each<[string, Entry[]]>([
  [
    'a root called "/", as the SageMaker Python SDK repacks',
    [
      ['/', 'DIRTYPE', ''],
      ['/code/x.py', 'REGTYPE', 'x'],
    ],
  ],
  [
    'a root called "./"',
    [
      ['./', 'DIRTYPE', ''],
      ['./x', 'REGTYPE', 'x'],
    ],
  ],
  [
    'a root called "."',
    [
      ['.', 'DIRTYPE', ''],
      ['x', 'REGTYPE', 'x'],
    ],
  ],
  [
    'absolute names',
    [
      ['/etc/x', 'REGTYPE', 'x'],
      ['//y', 'REGTYPE', 'y'],
    ],
  ],
  [
    'a way out and back in',
    [
      ['a/', 'DIRTYPE', ''],
      ['a/../x', 'REGTYPE', 'x'],
    ],
  ],
  ['a contiguous file', [['x', 'CONTTYPE', 'x']]],
  [
    'an entry that comes twice',
    [
      ['x', 'REGTYPE', 'old'],
      ['x', 'REGTYPE', 'new'],
    ],
  ],
  ['a long name', [[`${'deep/'.repeat(60)}x`, 'REGTYPE', 'x']]],
  [
    'a link to a file beside it',
    [
      ['blobs/1', 'REGTYPE', 'x'],
      ['snapshot/x', 'SYMTYPE', '../blobs/1'],
    ],
  ],
  [
    'a link to what comes later',
    [
      ['x', 'SYMTYPE', 'y'],
      ['y', 'REGTYPE', 'y'],
    ],
  ],
  [
    'a file below a link',
    [
      ['a/', 'DIRTYPE', ''],
      ['b', 'SYMTYPE', 'a'],
      ['b/x', 'REGTYPE', 'x'],
    ],
  ],
  [
    'a hard link',
    [
      ['x', 'REGTYPE', 'x'],
      ['y', 'LNKTYPE', 'x'],
    ],
  ],
])('%s is unpacked as tarfile does it', async (_, entries) => {
  const expected = byPython(entries);

  await unpackHere();

  expect(expected).not.toBeNull();
  // Python's glob does not look behind links.
  expect(contentHere()).toMatchObject(expected!);
});

test.each<[string, Entry[]]>([
  ['a name that leads out', [['../x', 'REGTYPE', 'x']]],
  ['an absolute name that leads out', [['/../x', 'REGTYPE', 'x']]],
  ['a neighbour whose name begins alike', [['../model-2/x', 'REGTYPE', 'x']]],
  ['a link to an absolute path', [['x', 'SYMTYPE', '/etc/passwd']]],
  ['a link out', [['x', 'SYMTYPE', '../y']]],
  ['a link out that nothing is at', [['a/x', 'SYMTYPE', '../../y/z']]],
  [
    'a link that later leads out',
    [
      ['a/', 'DIRTYPE', ''],
      ['x', 'SYMTYPE', 'a/b/../..'],
      ['a/b', 'SYMTYPE', '.'],
      ['x/y', 'REGTYPE', 'y'],
    ],
  ],
  ['a hard link out', [['x', 'LNKTYPE', '../y']]],
  ['a named pipe', [['x', 'FIFOTYPE', '']]],
])('%s is refused, as tarfile does, and nothing is written outside', async (_, entries) => {
  const expected = byPython(entries);

  await expect(unpackHere()).rejects.toThrow(/leads out of the archive|expected files and folders/);

  expect(expected).toBeNull();
  expect(readdirSync(join(scratch, 'outer'))).toEqual(['model']);
});

test('a hard link to an absolute name is to the entry of that name, as GNU tar has it', async () => {
  byPython([
    ['/x', 'REGTYPE', 'x'],
    ['/y', 'LNKTYPE', '/x'],
  ]);

  await unpackHere();

  expect(readFileSync(join(folder, 'y'), 'utf8')).toBe('x');
});

test('what stands where an entry goes is replaced, not written through', async () => {
  byPython([
    ['x', 'REGTYPE', 'x'],
    ['y', 'SYMTYPE', 'x'],
    ['y', 'REGTYPE', 'y'],
  ]);

  await unpackHere();

  expect(readFileSync(join(folder, 'x'), 'utf8')).toBe('x');
  expect(readFileSync(join(folder, 'y'), 'utf8')).toBe('y');
});

test('a link that comes to lead out is refused even where nothing is written by it', async () => {
  byPython([
    ['a/', 'DIRTYPE', ''],
    ['x', 'SYMTYPE', 'a/b/../..'],
    ['a/b', 'SYMTYPE', '.'],
  ]);

  await expect(unpackHere()).rejects.toThrow('entry "x" leads out of the archive');

  expect(existsSync(join(folder, 'x', 'model'))).toBe(true);
});
