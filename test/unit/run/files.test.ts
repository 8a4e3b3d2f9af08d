import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesOf, folderIn, SPEC_FILE } from '../../../src/run/files.js';

const SRC = new URL('../../../src/', import.meta.url).pathname;
const HOME = 'run/files.ts';

test('from what a run says it has left, its folder is known, and with it all its files', () => {
  const folder = 's3://bucket/attune/support-search/0a1b2c3d/';

  expect(folderIn({ artifacts: { spec: filesOf({ folder }).spec } })).toBe(folder);
  expect(folderIn({ artifacts: {} })).toBeUndefined();
});

test('where a file of a run lies is written down once', () => {
  const own = Object.values(filesOf({ folder: '' })).filter((path) => path.includes('/'));
  // After a quote, or after what a template puts before it; sentences for people may name a file.
  const written = new RegExp(`['"\`}/](${[...own, SPEC_FILE].map((path) => path.replaceAll('.', '\\.')).join('|')})`);
  const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));

  const found = sources
    .filter((path) => path !== HOME)
    .flatMap((path) =>
      readFileSync(join(SRC, path), 'utf8')
        .split('\n')
        // A schema is called after the file whose shape it is.
        .filter((line) => !line.trimStart().startsWith('.meta({ title:'))
        .flatMap((line, i) => (written.test(line) ? [`${path}:${i + 1} ${line.trim()}`] : [])),
    );

  expect(found).toEqual([]);
});
