/**
 * Where in its file a fault of a spec stands, as compilers show it: line, column, and what is written there. Of a line only the
 * faulty key is repeated, and its value only where the fault repeats it: another one may be a secret.
 * @module
 */
import { isMap, isScalar, isSeq, type Document, type LineCounter, type Node, type Scalar } from 'yaml';
import type { Written } from './readSmall.js';
import type { Place, Problem } from '../../spec/problem.js';

/** Each with its place, where it has one, in the order of the lines. @param file  as the person named it */
export function placed(problems: readonly Problem[], file: string, text: string, written: Written): Problem[] {
  const { document, lines } = written;
  const found = problems.map((problem) => {
    const there = find(document, stepsOf(problem.field));
    return there ? { ...problem, place: placeOf(problem, there, { file, text, lines }) } : problem;
  });
  const lineOf = ({ place }: Problem): number => place?.line ?? Infinity;
  return found.sort((a, b) => (lineOf(a) === lineOf(b) ? 0 : lineOf(a) - lineOf(b)));
}

interface Found {
  key?: Scalar;
  value?: Node | null;
}

/** The key and value at the end of the path; where the path leads out of the file, those at which it does. */
function find(document: Document, steps: readonly (string | number)[]): Found | undefined {
  let node: unknown = document.contents;
  let found: Found | undefined;
  for (const step of steps) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!pair) return found;
      found = { key: pair.key as Scalar, value: pair.value as Node | null };
    } else if (isSeq(node) && typeof step === 'number' && step < node.items.length) {
      found = { value: node.items[step] as Node };
    } else return found;
    node = found.value;
  }
  return found;
}

/** `a.b[0].c` */
const stepsOf = (field: string): (string | number)[] =>
  field === '' ? [] : field.split(/[.[]/).map((step) => (/^\d+\]$/.test(step) ? Number.parseInt(step, 10) : step));

function placeOf(
  { value: repeated, rule }: Problem,
  { key, value }: Found,
  { file, text, lines }: { file: string; text: string; lines: LineCounter },
): Place {
  const keyText = key ? `${textOf(key, text)}: ` : '';
  const valueText = isScalar(value) && value.value === repeated ? textOf(value, text).split('\n')[0]! : '';
  const start = (key ?? value)?.range?.[0] ?? 0;
  const { line, col } = lines.linePos(start);
  const before = text.slice(start - (col - 1), start);
  const indent = /^[\s-]*$/.test(before) ? before.replaceAll('\t', ' ') : '… ';
  const rest = valueText || (value && !isEmpty(value) ? '…' : '');
  const pointsAtKey = key !== undefined && (valueText === '' || rule.startsWith('a known key'));
  return {
    file,
    line,
    column: col,
    excerpt: `${indent}${keyText}${rest}`.trimEnd(),
    caret: pointsAtKey
      ? { from: indent.length, length: Math.max(1, keyText.length - 2) }
      : { from: indent.length + keyText.length, length: Math.max(1, rest.length) },
  };
}

const textOf = (node: Node, text: string): string => text.slice(node.range![0], node.range![1]);
const isEmpty = (node: Node): boolean => isScalar(node) && node.value === null;
