/**
 * From anything a person or a program hands over to a whole spec, or to every fault at once.
 * @module
 */
import type { z } from 'zod';
import { keysAt, nearest } from './keys.js';
import { problem, type Problem } from './problem.js';
import { localSourcesOf, problemsOf } from './rules/index.js';
import { fineTuneSpecSchema, type FineTuneSpec } from './schema.js';

export type Parsed = { ok: true; spec: FineTuneSpec } | { ok: false; problems: Problem[] };

export interface ParseOptions {
  /** `s3`: local paths are problems too, as they are for a worker. Default `any`. */
  sources?: 'any' | 's3';
}

/**
 * Checks and completes a spec. Never throws; parsing what it returned changes nothing.
 *
 * @param raw  what YAML, JSON or a program gave
 */
export function parseSpec(raw: unknown, { sources = 'any' }: ParseOptions = {}): Parsed {
  const parsed = fineTuneSpecSchema.safeParse(raw);
  if (parsed.success) {
    const problems = [...sizeProblems(raw), ...beyondTheSchema(parsed.data, sources)];
    return problems.length === 0 ? { ok: true, spec: parsed.data } : { ok: false, problems };
  }
  if (!isRecord(raw)) {
    return {
      ok: false,
      problems: [problem('', raw, 'a mapping with the keys apiVersion, name and data', 'start with `attune init`')],
    };
  }
  const issues = parsed.error.issues.flatMap(unpacked);
  const problems = issues.flatMap((issue) => problemsOfIssue(issue, raw));
  return { ok: false, problems: [...problems, ...rulesOnTheRest(raw, issues, sources)] };
}

/** A run's history carries its spec several times over, and the server takes 2 MB at most. */
const MOST_KILOBYTES = 64;

function sizeProblems(raw: unknown): Problem[] {
  const kilobytes = Math.ceil(new TextEncoder().encode(JSON.stringify(raw)).length / 1024);
  if (kilobytes <= MOST_KILOBYTES) return [];
  const mend = 'keep documents, questions and long lists in files, and name the files';
  return [problem('', `${kilobytes} KB`, `at most ${MOST_KILOBYTES} KB as JSON`, mend)];
}

const beyondTheSchema = (spec: FineTuneSpec, sources: 'any' | 's3'): Problem[] => [
  ...problemsOf(spec),
  ...(sources === 's3' ? localSourcesOf(spec) : []),
];

type Issue = z.core.$ZodIssue;

/** `deploy` is `false` or an object: whoever wrote an object wants to hear about the object. */
function unpacked(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inside =
    issue.errors.find((branch) => branch.some(({ path }) => path.length > 0 || branch.length > 1)) ??
    issue.errors.find((branch) => branch.some(({ code }) => code === 'unrecognized_keys'));
  return inside ? inside.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) : [issue];
}

function problemsOfIssue(issue: Issue, raw: unknown): Problem[] {
  const field = fieldOf(issue.path);
  const value = valueAt(raw, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(fineTuneSpecSchema, issue.path);
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      const mend = meant ? `did you mean "${meant}"?` : `remove it; known here: ${known.join(', ')}`;
      return problem(
        fieldOf([...issue.path, key]),
        valueAt(raw, [...issue.path, key]),
        `a known key${field && ` of ${field}`}`,
        mend,
      );
    });
  }
  const rule = ruleOf(issue);
  return [problem(field, value, rule, mendOf(issue, value, rule))];
}

function ruleOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_WORDS[issue.expected] ?? issue.expected;
    case 'too_small':
      return `${sizeOf(issue.origin)}${issue.inclusive === false ? 'above' : 'at least'} ${String(issue.minimum)}${unitOf(issue.origin)}`;
    case 'too_big':
      return `${sizeOf(issue.origin)}${issue.inclusive === false ? 'below' : 'at most'} ${String(issue.maximum)}${unitOf(issue.origin)}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? JSON.stringify(issue.values[0])
        : `one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`;
    case 'invalid_union':
      return 'false, or a mapping of settings';
    case 'invalid_key':
      return 'a key of 1 to 128 characters';
    default:
      return issue.message;
  }
}

const TYPE_WORDS: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};
const sizeOf = (origin: string): string => (origin === 'array' || origin === 'string' ? 'a length of ' : '');
const unitOf = (origin: string): string => (origin === 'array' ? ' items' : origin === 'string' ? ' characters' : '');

function mendOf(issue: Issue, value: unknown, rule: string): string {
  if (value === undefined || value === null)
    return issue.path.length === 1
      ? `add "${String(issue.path[0])}" to the spec`
      : 'give it a value, or leave the key out';
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const meant = nearest(value, issue.values.map(String));
    if (meant) return `did you mean ${JSON.stringify(meant)}?`;
  }
  if (
    issue.code === 'invalid_type' &&
    typeof value === 'string' &&
    ['int', 'number', 'boolean'].includes(issue.expected)
  )
    return 'write it without quotes';
  return `change it to ${rule}`;
}

/** The rules on what is left when the faulty fields are taken out, so that one fault does not hide another. */
function rulesOnTheRest(raw: Record<string, unknown>, issues: readonly Issue[], sources: 'any' | 's3'): Problem[] {
  const faulty = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
  );
  const rest = faulty.reduce<unknown>(without, raw);
  const whole = fineTuneSpecSchema.safeParse({
    apiVersion: 'attune/v1',
    name: 'unnamed',
    data: {},
    ...(rest as object),
  });
  if (!whole.success) return [];
  const fields = faulty.map(fieldOf);
  return beyondTheSchema(whole.data, sources).filter(({ field }) => !fields.some((other) => touches(field, other)));
}

/** A copy of `value` in which the thing at `path` is not there. A list with a faulty item goes as a whole. */
function without(value: unknown, path: readonly PropertyKey[]): unknown {
  const [head, ...tail] = path;
  if (head === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return undefined;
  const entries = Object.entries(value) as [string, unknown][];
  return Object.fromEntries(
    entries.flatMap(([key, item]) => {
      if (key !== String(head)) return [[key, item]];
      return tail.length === 0 ? [] : [[key, without(item, tail)]];
    }),
  );
}

const touches = (a: string, b: string): boolean => a === b || inside(a, b) || inside(b, a);
const inside = (inner: string, outer: string): boolean =>
  inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);

const fieldOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (field, key) => (typeof key === 'number' ? `${field}[${key}]` : field ? `${field}.${String(key)}` : String(key)),
    '',
  );

const valueAt = (raw: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    raw,
  );

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
