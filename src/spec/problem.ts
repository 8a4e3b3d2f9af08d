/**
 * One fault of a spec: which field, what was found, what was expected, what to do.
 * @module
 */
export interface Problem {
  /** Path as it is written in the spec: `train.dimensions[1]`; empty for the spec as a whole. */
  field: string;
  /** What was found; null where nothing was. */
  value: unknown;
  /** What was expected. */
  rule: string;
  /** What to do. */
  fix: string;
  /** @deprecated the same as `fix`, which it is called from this version on */
  mend: string;
  /** Where that is written, of a spec that was read from a file. */
  place?: Place;
}

/** A place in a file, as compilers show it. */
export interface Place {
  /** As the person named it. */
  file: string;
  /** From 1. */
  line: number;
  column: number;
  /** What stands there, as far as the fault repeats it; empty where nothing of it may be. */
  excerpt: string;
  /** What of the excerpt is meant, from 0. */
  caret: { from: number; length: number };
}

export const problem = (field: string, value: unknown, rule: string, fix: string): Problem => ({
  field,
  value: bounded(value ?? null),
  rule,
  fix,
  mend: fix,
});

/** Problems go into a run's history: of a long value its beginning does. */
function bounded(value: unknown): unknown {
  const text = typeof value === 'object' ? (JSON.stringify(value) ?? '') : value;
  return typeof text === 'string' && text.length > MOST_VALUE_CHARS ? `${text.slice(0, MOST_VALUE_CHARS)}...` : value;
}
const MOST_VALUE_CHARS = 1_000;

/** "train.epochs: expected a whole number of at least 1, found 0. Write 1 or more" */
export const sentenceOf = ({ field, value, rule, fix }: Problem): string =>
  `${field ? cut(field) : 'spec'}: expected ${rule}, found ${shown(value)}. ${fix.charAt(0).toUpperCase()}${fix.slice(1)}`;

/** The same with where it stands, where that is known: file:line:column, the line, and a caret below what is meant. */
export function reportOf(fault: Problem): string {
  const { place } = fault;
  if (!place) return sentenceOf(fault);
  const { file, line, column, excerpt, caret } = place;
  const head = `${file}:${line}:${column}: ${sentenceOf(fault)}`;
  if (excerpt === '') return head;
  const margin = String(line).padStart(4);
  const visible = cut(excerpt);
  const length = Math.max(1, Math.min(caret.length, visible.length - caret.from));
  return [
    head,
    `${margin} | ${visible}`,
    `${' '.repeat(margin.length)} | ${' '.repeat(caret.from)}${'^'.repeat(length)}`,
  ].join('\n');
}

/** A refused spec in one message, for people. */
export const refusal = (problems: readonly Problem[]): string =>
  [
    `the spec has ${problems.length === 1 ? 'an error' : `${problems.length} errors`}:`,
    ...problems.map((p) => reportOf(p).replace(/^/gm, '  ')),
  ].join('\n');

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return cut(JSON.stringify(value) ?? typeof value);
}

const cut = (text: string): string => (text.length > 120 ? `${text.slice(0, 117)}...` : text);
