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
  mend: string;
}

export const problem = (field: string, value: unknown, rule: string, mend: string): Problem => ({
  field,
  value: bounded(value ?? null),
  rule,
  mend,
});

/** Problems go into a run's history: of a long value its beginning does. */
function bounded(value: unknown): unknown {
  const text = typeof value === 'object' ? (JSON.stringify(value) ?? '') : value;
  return typeof text === 'string' && text.length > MOST_VALUE_CHARS ? `${text.slice(0, MOST_VALUE_CHARS)}...` : value;
}
const MOST_VALUE_CHARS = 1_000;

/** "train.epochs: expected a whole number of at least 1, found 0. Write 1 or more" */
export const sentenceOf = ({ field, value, rule, mend }: Problem): string =>
  `${field ? cut(field) : 'spec'}: expected ${rule}, found ${shown(value)}. ${mend.charAt(0).toUpperCase()}${mend.slice(1)}`;

/** A refused spec in one message, for people. */
export const refusal = (problems: readonly Problem[]): string =>
  [
    `the spec has ${problems.length === 1 ? 'a fault' : `${problems.length} faults`}:`,
    ...problems.map((p) => `  ${sentenceOf(p)}`),
  ].join('\n');

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return cut(JSON.stringify(value) ?? typeof value);
}

const cut = (text: string): string => (text.length > 120 ? `${text.slice(0, 117)}...` : text);
