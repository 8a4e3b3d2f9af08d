/**
 * From anything a person or a program hands over to a whole spec, or to every fault at once.
 * @module
 */
import type { z } from 'zod';
import { INSTANCES } from './instances.js';
import { keysAt, nearest } from './keys.js';
import { MOST_PROBLEMS, MOST_SPEC_KILOBYTES } from './limits.js';
import { problem, type Problem } from './problem.js';
import { localSourcesOf, problemsOf } from './rules/index.js';
import { fineTuneSpecSchema, type FineTuneSpec } from './schema.js';
import { meantKey } from './synonyms.js';

export type Parsed = { ok: true; spec: FineTuneSpec } | { ok: false; problems: Problem[] };

export interface ParseOptions {
  /** `s3`: local paths are problems too, as they are for a worker. Default `any`. */
  sources?: 'any' | 's3';
}

/**
 * Checks and completes a spec. Never throws; parsing what it returned changes nothing. The work is linear in the spec's size,
 * and that is looked at first: one bad spec must not hold a worker.
 *
 * @param raw  what YAML, JSON or a program gave
 */
export function parseSpec(raw: unknown, { sources = 'any' }: ParseOptions = {}): Parsed {
  const unfit = unfitFor(raw);
  if (unfit) return { ok: false, problems: [unfit] };
  const parsed = fineTuneSpecSchema.safeParse(raw);
  if (parsed.success) {
    const problems = beyondTheSchema(parsed.data, raw as Record<string, unknown>, sources);
    return problems.length === 0 ? { ok: true, spec: parsed.data } : { ok: false, problems: atMost(problems) };
  }
  const issues = parsed.error.issues.flatMap(unpacked);
  const rest = rulesOnTheRest(raw as Record<string, unknown>, issues, sources);
  const schemas = issues.slice(0, MOST_PROBLEMS).flatMap((issue) => problemsOfIssue(issue, raw));
  return { ok: false, problems: atMost([...schemas, ...rest], sum(issues.map(countOf)) + rest.length) };
}

/** The first of them, and how many more there are. */
function atMost(problems: Problem[], count = problems.length): Problem[] {
  if (count <= MOST_PROBLEMS) return problems;
  const rule = `at most ${MOST_PROBLEMS} errors to be told at once`;
  const more = problem('', `${count - MOST_PROBLEMS} more errors`, rule, 'fix those above, and look again');
  return [...problems.slice(0, MOST_PROBLEMS), more];
}

/** What cannot be a spec whatever its fields are. Of a thing that is something else, nothing is quoted. */
function unfitFor(raw: unknown): Problem | undefined {
  if (!looksLikeASpec(raw)) {
    return problem('', kindOf(raw), 'a mapping with the keys apiVersion, name and data', 'start with `attune init`');
  }
  const bytes = jsonBytesOf(raw);
  if (bytes === undefined) {
    return problem('', 'an object', 'plain data that JSON can hold', 'leave out cycles, big integers and deep nesting');
  }
  const kilobytes = Math.ceil(bytes / 1024);
  if (kilobytes <= MOST_SPEC_KILOBYTES) return undefined;
  const mend = 'keep documents, questions and long lists in files, and name the files';
  return problem('', `${kilobytes} KB`, `at most ${MOST_SPEC_KILOBYTES} KB as JSON`, mend);
}

/** Of the forms that people write and get wrong, but of no other program's file. */
function looksLikeASpec(raw: unknown): boolean {
  if (!isRecord(raw)) return false;
  const { apiVersion, name, data } = raw;
  return typeof apiVersion === 'string' ? apiVersion.startsWith('attune') : name !== undefined || isRecord(data);
}

function kindOf(raw: unknown): unknown {
  if (typeof raw === 'string') return `a text of ${raw.length} characters`;
  if (Array.isArray(raw)) return `a list of ${raw.length} items`;
  return isRecord(raw) ? 'a mapping without them' : raw;
}

function jsonBytesOf(raw: unknown): number | undefined {
  try {
    return new TextEncoder().encode(JSON.stringify(raw)).length;
  } catch {
    return undefined; // a cycle, a bigint, deeper than the stack
  }
}

const beyondTheSchema = (spec: FineTuneSpec, written: Record<string, unknown>, sources: 'any' | 's3'): Problem[] => [
  ...problemsOf(spec, written),
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

/** How many problems an issue is. */
const countOf = (issue: Issue): number => (issue.code === 'unrecognized_keys' ? issue.keys.length : 1);

/** What is wrong by a schema alone, as sentences. */
export const problemsBySchema = (error: z.ZodError, raw: unknown, schema: z.core.$ZodType): Problem[] =>
  error.issues
    .flatMap(unpacked)
    .slice(0, MOST_PROBLEMS)
    .flatMap((issue) => problemsOfIssue(issue, raw, schema));

function problemsOfIssue(issue: Issue, raw: unknown, schema: z.core.$ZodType = fineTuneSpecSchema): Problem[] {
  const field = fieldOf(issue.path);
  const value = shownOf(field, valueAt(raw, issue.path));
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path, raw);
    return issue.keys.slice(0, MOST_PROBLEMS).map((key) => {
      const meant = schema === fineTuneSpecSchema ? meantKey(key, issue.path, raw) : nearest(key, known);
      const mend = meant ? mendOfKey(key, meant, raw) : `remove it; known here: ${known.join(', ')}`;
      return problem(
        fieldOf([...issue.path, key]),
        shownOf(fieldOf([...issue.path, key]), valueAt(raw, [...issue.path, key])),
        `a known key${field && ` of ${field}`}`,
        mend,
      );
    });
  }
  const rule = ruleOf(issue);
  return [problem(field, value, rule, mendOf(issue, value))];
}

/** Where the section that it belongs to stands empty above it, the key was meant to stand in there. */
function mendOfKey(key: string, meant: string, raw: unknown): string {
  const [section, ...rest] = meant.split('.');
  const isBelow = rest.length === 1 && rest[0] === key && valueAt(raw, [section!]) === null;
  return isBelow ? `indent it below "${section}"` : `did you mean "${meant}"?`;
}

/** Where a reference belongs, people write what it should lead to: that is repeated in no message, log or history. */
const shownOf = (field: string, value: unknown): unknown =>
  ['string', 'object'].includes(typeof value) && value !== null && FOR_SECRETS.test(field)
    ? '(a value that is not repeated here)'
    : value;
const FOR_SECRETS = /^data\.questions\.apiKey|^notify\[\d+\](?!\.(workflowId|sns|email|on)\b)/;

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
      return issue.message === 'Invalid input' ? 'false, or a mapping of settings' : issue.message;
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

function mendOf(issue: Issue, value: unknown): string {
  if (value === null && issue.path.length === 1 && issue.code === 'invalid_type')
    return `give it a value; keys that belong to it are indented below it`;
  if (value === undefined || value === null)
    return issue.path.length === 1
      ? `add "${String(issue.path[0])}" to the spec`
      : 'give it a value, or leave the key out';
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const meant = nearest(value, issue.values.map(String));
    if (meant) return `did you mean ${JSON.stringify(meant)}?`;
  }
  if (issue.code === 'invalid_type' && typeof value === 'string') {
    const fix = unquoted(issue.expected, value);
    if (fix) return fix;
  }
  return (typeof value === 'string' && likely(String(issue.path.at(-1)), value)) || 'correct it';
}

/** What to write in the place of a text where a number, true or false belongs; undefined where a text may stand. */
function unquoted(expected: string, value: string): string | undefined {
  if (expected === 'boolean') return /^(true|false)$/.test(value) ? 'write it without quotes' : 'write true or false';
  if (expected !== 'int' && expected !== 'number') return undefined;
  if (value.trim() !== '' && Number.isFinite(Number(value))) return 'write it without quotes';
  const [number] = /\d[\d.]*(e-?\d+)?/i.exec(value) ?? [];
  return number ? `write ${number}: the number alone` : 'write a number';
}

/** What was probably meant by a name in another form, or by an instance type without its prefix. */
function likely(key: string, value: string): string | undefined {
  const name = value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (key === 'name' && /^[a-z]/.test(name)) return `write ${name}`;
  return INSTANCES.has(`ml.${value}`) ? `did you mean ml.${value}?` : undefined;
}

/** The rules on what is left when the faulty fields are taken out, so that one fault does not hide another. */
function rulesOnTheRest(raw: Record<string, unknown>, issues: readonly Issue[], sources: 'any' | 's3'): Problem[] {
  const paths = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
  );
  const rest = without(raw, treeOf(paths));
  const whole = fineTuneSpecSchema.safeParse({
    apiVersion: 'attune/v1',
    name: 'unnamed',
    data: {},
    ...(rest as object),
  });
  if (!whole.success) return [];
  const faulty = new Set(paths.map(fieldOf));
  const around = new Set([...faulty].flatMap(enclosing));
  return beyondTheSchema(whole.data, rest as Record<string, unknown>, sources).filter(
    ({ field }) => !around.has(field) && !enclosing(field).some((outer) => faulty.has(outer)),
  );
}

/** Paths by their steps; a path that ends has no further ones. */
type Tree = Map<string, Tree>;

function treeOf(paths: readonly (readonly PropertyKey[])[]): Tree {
  const root: Tree = new Map();
  for (const path of paths) {
    let node = root;
    for (const step of path.map(String)) {
      const next = node.get(step) ?? (new Map() as Tree);
      node.set(step, next);
      node = next;
    }
  }
  return root;
}

/** A copy of `value` in which the things at the tree's ends are not there. A list with a faulty item goes as a whole. */
function without(value: unknown, faulty: Tree): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
      const below = faulty.get(key);
      if (!below) return [[key, item]];
      return below.size === 0 ? [] : [[key, without(item, below)]];
    }),
  );
}

/** A field and all that it lies in: `a.b[0]` in `a.b` in `a`. */
const enclosing = (field: string): string[] => [
  field,
  ...[...field.matchAll(/[.[]/g)].map(({ index }) => field.slice(0, index)),
];

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

const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
