/** What imports each other can be understood only together. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Graph = Map<string, string[]>;

/** Of each file below the folders, what it imports of its own project: values, types and re-exports alike. */
function importsBelow(folder: string, ...below: string[]): Graph {
  const files = below
    .flatMap((where) =>
      readdirSync(join(folder, where), { recursive: true, encoding: 'utf8' }).map((f) => join(where, f)),
    )
    .filter((file) => /(?<!\.d)\.ts$/.test(file) && !/(^|\/)(node_modules|dist)\//.test(file));
  return new Map(files.map((file) => [file, importsOf(folder, file)]));
}

function importsOf(folder: string, file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(folder, file), 'utf8'));
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => join(dirname(file), fileName.replace(/\.js$/, '.ts')))
    .filter((imported) => existsSync(join(folder, imported)));
}

/** `a → b → a`, one for each circle. */
function circlesIn(graph: Graph): string[] {
  const circles: string[] = [];
  const seen = new Set<string>();
  const visit = (one: string, path: string[]): void => {
    const since = path.indexOf(one);
    if (since >= 0) circles.push([...path.slice(since), one].join(' → '));
    if (seen.has(one)) return;
    seen.add(one);
    for (const next of graph.get(one) ?? []) visit(next, [...path, one]);
  };
  for (const one of graph.keys()) visit(one, []);
  return circles;
}

/** The same imports between the folders directly below one: what lies beside the folders stands below or above them all. */
function betweenFolders(graph: Graph, below: string): Graph {
  const folderOf = (file: string): string =>
    file
      .slice(below.length + 1)
      .split('/')
      .slice(0, -1)[0] ?? '';
  const folders: Graph = new Map();
  for (const [file, imported] of graph) {
    const others = imported.map(folderOf).filter((other) => other !== '' && other !== folderOf(file));
    if (folderOf(file)) folders.set(folderOf(file), [...(folders.get(folderOf(file)) ?? []), ...others]);
  }
  return folders;
}

test('no circle among the files of this project, imports of types included', () => {
  expect(circlesIn(importsBelow(root, 'src', 'test', 'packages', 'bench', 'examples'))).toEqual([]);
});

test.for(['src', 'packages/trainyard/src'])('no circle among the folders of %s', (below) => {
  expect(circlesIn(betweenFolders(importsBelow(root, below), below))).toEqual([]);
});

test('a circle of types alone is found, and so is one through a re-export', () => {
  const folder = mkdtempSync(join(tmpdir(), 'attune-circles-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'a.ts'), "import type { B } from './b.js';\nexport type A = B;");
  writeFileSync(join(folder, 'b.ts'), "export type { C } from './c.js';\nexport type B = 1;");
  writeFileSync(join(folder, 'c.ts'), "import { type A } from './a.js';\nexport type C = A;");

  expect(circlesIn(importsBelow(folder, '.'))).toEqual(['a.ts → b.ts → c.ts → a.ts']);
});
