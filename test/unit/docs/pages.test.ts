import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../../tools/docs/places.js';
import { footerOf, readingOrder } from '../../../tools/docs/readingOrder.js';

const read = (file: string): string => readFileSync(join(projectRoot, file), 'utf8');
const markdownIn = (folder: string): string[] =>
  readdirSync(join(projectRoot, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file));

const pages = markdownIn('docs');
const texts = [
  ...pages,
  ...markdownIn('.'),
  ...readdirSync(join(projectRoot, 'packages')).map((name) => `packages/${name}/README.md`),
];

/** Without blocks of code: what stands in them is quoted, not said. */
const prose = (file: string): string =>
  read(file)
    .replace(/^(```|~~~)[\s\S]*?^\1$/gm, '')
    .replace(/^ {4}.*$/gm, '');

/** As GitHub makes it from a heading. */
const anchorsOf = (file: string): string[] =>
  [...prose(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(texts)('%s', (file) => {
  test('leads nowhere that is not there', () => {
    const links = [...prose(file).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];

    const dead = links.flatMap(([, path = '', anchor]) => {
      const target = path === '' ? file : join(dirname(file), path);
      if (!existsSync(join(projectRoot, target))) return [target];
      return anchor !== undefined && !anchorsOf(target).includes(anchor) ? [`${target}#${anchor}`] : [];
    });

    expect(dead).toEqual([]);
  });

  test('names no file of this project that is not there', () => {
    // In backquotes, from the project's root or from the folder of the page; a `<name>` or `*` in it stands for many.
    const top = '(?:src|packages|python|test|tools|docs|schema|deploy|examples|bench|container|\\.ci|\\.github)';
    const named = [...prose(file).matchAll(new RegExp(`\`(?:attune\\.|)(${top}/[^\`\\s<*{]*)\``, 'g'))].map(
      ([, path = '']) => path,
    );

    expect(
      named.filter(
        (path) => ![projectRoot, join(projectRoot, dirname(file))].some((from) => existsSync(join(from, path))),
      ),
    ).toEqual([]);
  });
});

test('the page of the command line has every verb of `attune --help`', () => {
  const help = execFileSync(process.execPath, [join(projectRoot, 'dist/cli/main.js'), '--help'], { encoding: 'utf8' });
  const verbs = [...help.matchAll(/^ {2}([a-z]+) .*$/gm)]
    .map(([, verb = '']) => verb)
    .filter((verb) => verb !== 'help');
  const page = read('docs/cli.md');

  expect(verbs.length).toBeGreaterThan(15);
  expect(verbs.filter((verb) => !page.includes(`\`attune ${verb}`))).toEqual([]);
});

test('every page stands in the reading order, once', () => {
  expect(
    readingOrder()
      .map(({ file }) => join('docs', file))
      .sort(),
  ).toEqual(pages.sort());
});

describe.each(pages)('%s', (file) => {
  test('begins with what its reader can do after it', () => {
    const [, first = ''] = prose(file)
      .replace(/^<!--.*-->$/gm, '')
      .trim()
      .split(/\n{2,}/);

    expect(first).toMatch(/^After this page you can .*\.$/s);
  });

  test('ends with the way back and the way on', () => {
    expect(read(file).split('\n\n').at(-1)).toBe(footerOf(file.slice('docs/'.length)));
  });

  test('is wrapped at 120 columns, but for tables and what is quoted', () => {
    const long = prose(file)
      .split('\n')
      .filter((line) => line.length > 120 && !line.startsWith('|') && !line.startsWith('!['));

    expect(long).toEqual([]);
  });
});
