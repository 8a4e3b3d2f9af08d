import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { removeHalfWritten } from '../../../src/dev/stateFolder.js';

test('what a killed S3 server was just writing goes, and every object stays', () => {
  const folder = mkdtempSync(join(tmpdir(), 'attune-state-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const objects = ['.hidden', '.notes.sgwtmp.md', 'bm25.py', 'sgwtmp.1'];
  mkdirSync(join(folder, 'bucket', 'code'), { recursive: true });
  for (const name of [...objects, '.bm25.py.sgwtmp.1796042735937701525'])
    writeFileSync(join(folder, 'bucket', 'code', name), '');

  removeHalfWritten(folder);

  expect(readdirSync(join(folder, 'bucket', 'code')).sort()).toEqual(objects.toSorted());
});
