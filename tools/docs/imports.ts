/**
 * Which folder imports which, as the code has it.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import ts from 'typescript';
import { projectRoot } from './places.js';

export interface Arrow {
  from: string;
  to: string;
  /** No file needs the other folder at run time. */
  typesOnly: boolean;
}

/** A file's folder directly below the root; a file that lies in the root itself has `ROOT`. */
export const ROOT = '.';

/** Between the folders of a TypeScript root. A file in the root counts to the folder of its name: worker.ts to worker/. */
export function typeScriptArrows(root: string): Arrow[] {
  const files = filesBelow(root, '.ts');
  const folders = new Set(files.map(folderOf));
  const home = (file: string): string => {
    const stem = file.replace(/\.ts$/, '');
    return folders.has(stem) ? stem : folderOf(file);
  };
  return merged(
    files.flatMap((file) =>
      importsOf(join(projectRoot, root, file)).map(({ specifier, typesOnly }) => {
        const target = normalize(join(dirname(file), specifier)).replace(/\.js$/, '.ts');
        if (target.startsWith('..'))
          throw new Error(`${root}/${file} imports ${specifier}, which lies outside of ${root}`);
        return { from: home(file), to: home(target), typesOnly };
      }),
    ),
  );
}

/** Relative imports, `import()` and `import('…').Type` among them. */
function importsOf(path: string): { specifier: string; typesOnly: boolean }[] {
  const found: { specifier: string; typesOnly: boolean }[] = [];
  const add = (node: ts.Node | undefined, typesOnly: boolean): void => {
    if (node && ts.isStringLiteral(node) && node.text.startsWith('.')) found.push({ specifier: node.text, typesOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly === true);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022));
  return found;
}

/** Between the folders of a Python package, and from the programs beside it. */
export function pythonArrows(root: string, name: string): Arrow[] {
  const programs = readdirSync(join(projectRoot, root)).filter((file) => file.endsWith('.py'));
  const modules = filesBelow(join(root, name), '.py');
  const folders = new Set(modules.map(folderOf));
  const arrow = (from: string, target: string): Arrow => {
    const [first = ''] = target.split('.');
    return { from, to: folders.has(first) ? first : ROOT, typesOnly: false };
  };
  const text = (...path: string[]): string => readFileSync(join(projectRoot, root, ...path), 'utf8');
  return merged([
    ...programs.flatMap((file) =>
      [...text(file).matchAll(new RegExp(`^\\s*from ${name}\\.([\\w.]+) import`, 'gm'))].map(([, target = '']) =>
        arrow('programs', target),
      ),
    ),
    ...modules.flatMap((file) =>
      [...text(name, file).matchAll(/^\s*from (\.+)([\w.]*) import/gm)].map(([, dots = '', target = '']) => {
        const package_ = file.split(sep).slice(0, -1);
        return arrow(folderOf(file), [...package_.slice(0, package_.length - dots.length + 1), target].join('.'));
      }),
    ),
  ]);
}

const folderOf = (file: string): string => (file.includes(sep) ? (file.split(sep)[0] ?? ROOT) : ROOT);

const filesBelow = (root: string, end: string): string[] =>
  readdirSync(join(projectRoot, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(end))
    .sort();

/** One arrow for each pair of folders, in the order of their names. */
function merged(arrows: readonly Arrow[]): Arrow[] {
  const byPair = new Map<string, Arrow>();
  for (const arrow of arrows) {
    if (arrow.from === arrow.to) continue;
    const pair = `${arrow.from} ${arrow.to}`;
    byPair.set(pair, { ...arrow, typesOnly: arrow.typesOnly && (byPair.get(pair)?.typesOnly ?? true) });
  }
  return [...byPair].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, arrow]) => arrow);
}
