import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FAILURES } from '../../../src/spec/failures.js';
import { typeScriptArrows } from '../../../tools/docs/imports.js';
import { PAGES } from '../../../tools/docs/pages.js';
import { docsFolder } from '../../../tools/docs/places.js';
import { specPage } from '../../../tools/docs/specPage.js';

test.each(Object.entries(PAGES))(
  'docs/%s is what the code makes of it: else `npm run docs` was forgotten',
  (file, make) => {
    expect(readFileSync(join(docsFolder, file), 'utf8')).toBe(make());
  },
);

test('a key that says nothing about itself is refused by its name', () => {
  const silent = { type: 'object', properties: { train: { type: 'object', description: 'd', properties: { x: {} } } } };

  expect(() => specPage(silent)).toThrow('train.x has no description');
});

test('bounds, choices, defaults and what is needed are told as the schema has them', () => {
  const page = specPage({
    required: ['name'],
    properties: {
      name: { type: 'string', maxLength: 40, description: 'What it is called' },
      rate: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.5, description: 'A | B' },
      kinds: { type: 'array', maxItems: 2, items: { enum: ['a', 'b'] }, default: [], description: 'Some' },
      deploy: {
        anyOf: [{ const: false }, { properties: { count: { type: 'integer', minimum: 1, description: 'n' } } }],
        description: 'Where',
      },
    },
  });

  expect(page.split('\n').filter((line) => line.startsWith('| `'))).toEqual([
    '| `name` | text of at most 40 characters | **needed** | What it is called |',
    '| `rate` | number above 0 and below 1 | `0.5` | A \\| B |',
    '| `kinds` | list of at most 2: `a`, `b` | none | Some |',
    '| `deploy` | `false`, or [its own keys](#deploy) | – | Where |',
    '| `count` | whole number at least 1 | – | n |',
  ]);
});

test('every failure has a line that says what to do', () => {
  const page = PAGES['errors.md']?.() ?? '';

  const missing = Object.entries(FAILURES).filter(
    ([type, { mend }]) =>
      !page.split('\n').some((line) => line.startsWith(`| \`${type}\` |`) && line.endsWith(`| ${mend} |`)),
  );

  expect(missing).toEqual([]);
});

test('the picture tells arrows of types from arrows of values', () => {
  const arrows = typeScriptArrows('src');

  expect(arrows).toContainEqual({ from: 'workflows', to: 'activities', typesOnly: true });
  expect(arrows).toContainEqual({ from: 'activities', to: 'aws', typesOnly: false });
  expect(arrows.filter(({ from, to }) => from === 'spec' || to === 'cli')).toEqual([]);
});
