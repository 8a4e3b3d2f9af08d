/**
 * docs/spec.md: every key of a spec with what it means, may be and is by default. Made from the JSON Schema, and so from
 * src/spec/schema.ts: a key that says nothing about itself is refused.
 * @module
 */
import { jsonSchema } from '../../src/spec/jsonSchema.js';

interface Schema {
  title?: string;
  description?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
}

const INTRODUCTION = `\
<!-- Made from src/spec/schema.ts by \`npm run docs\`; a test holds the two equal. -->

# The spec, key by key

After this page you can write any key of a spec: what it means, what it may be, and what it is where you leave it out.

Only \`apiVersion\`, \`name\` and \`data\` are needed; \`attune init\` writes a spec with every default as a comment, and
\`attune validate\` lists all errors at once. A key that is not here is refused. Rules that need more than one key (what
fits together, what an instance type can do) are said by \`attune validate\`, with the fix. For editors the same stands
in [attune-v1.schema.json](../schema/attune-v1.schema.json).

Files and folders are local paths, which are uploaded, or S3 URIs, which are read as they are.
`;

/** @throws Error that names the first key without a description */
export const specPage = (schema = jsonSchema() as Schema): string =>
  [INTRODUCTION, ...section('', [schema])].join('\n');

/** A table for the keys of each form that stands at this path, then a section for each object below it. */
function section(path: string, forms: Schema[]): string[] {
  return [
    `## ${path === '' ? 'At the top' : `\`${path}\``}\n`,
    ...forms.flatMap((form) => tableOf(path, form)),
    ...below(path, forms),
  ];
}

function tableOf(path: string, { description, properties = {}, required = [] }: Schema): string[] {
  const places = placesOf(path, properties);
  const rows = Object.entries(properties).map(([key, value]) => {
    if (!value.description) throw new Error(`${join(path, key)} has no description in src/spec/schema.ts`);
    const values = valuesOf(value, places.get(key) ?? '');
    const cells = [`\`${key}\``, values, defaultOf(value, required.includes(key)), value.description];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const intro = path === '' || !description ? [] : [`${description}.\n`];
  return [...intro, '| Key | Value | Default | Meaning |', '|---|---|---|---|', ...rows, ''];
}

/** What several forms have alike stands there once. */
function below(path: string, forms: Schema[]): string[] {
  const sections = new Map(
    forms.flatMap(({ properties = {} }) =>
      [...placesOf(path, properties)].map(([key, place]) => [place, objectsOf(properties[key] ?? {})] as const),
    ),
  );
  return [...sections].flatMap(([place, objects]) => section(place, objects));
}

/**
 * Where the section of each key's own keys stands. Keys that take the same forms share one: a range is the same for each
 * setting that is searched.
 */
function placesOf(path: string, properties: Record<string, Schema>): Map<string, string> {
  const forms = Object.entries(properties).flatMap(([key, value]): [string, string][] => {
    const objects = objectsOf(value);
    return objects.length === 0 ? [] : [[key, JSON.stringify(objects)]];
  });
  const shared = (form: string): boolean => forms.filter(([, other]) => other === form).length > 1;
  return new Map(forms.map(([key, form]) => [key, join(path, shared(form) ? '<setting>' : key)]));
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** The objects with keys of their own that a key takes: by themselves, as one of several forms, in a list or by name. */
function objectsOf(schema: Schema): Schema[] {
  if (schema.properties) return [schema];
  const { anyOf = schema.oneOf } = schema;
  if (anyOf) return anyOf.flatMap(objectsOf);
  if (schema.items) return objectsOf(schema.items);
  return typeof schema.additionalProperties === 'object' ? objectsOf(schema.additionalProperties) : [];
}

function valuesOf(schema: Schema, place: string): string {
  if (schema.title) return schema.title;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.properties) return `[its own keys](#${anchorOf(place)})`;
  const { anyOf = schema.oneOf } = schema;
  if (anyOf) {
    const said = [...new Set(anyOf.map((one) => valuesOf(one, place)))];
    return said.join(anyOf.every((one) => one.const !== undefined) ? ', ' : ', or ');
  }
  switch (schema.type) {
    case 'boolean':
      return '`true`, `false`';
    case 'integer':
      return `whole number${boundsOf(schema)}`;
    case 'number':
      return `number${boundsOf(schema)}`;
    case 'string':
      return schema.maxLength === undefined ? 'text' : `text of at most ${schema.maxLength} characters`;
    case 'array':
      return `list${countOf(schema)}: ${valuesOf(schema.items ?? {}, place)}`;
    case 'object':
      return `by name: ${valuesOf(schema.additionalProperties as Schema, place)}`;
    default:
      throw new Error(`specPage.ts has no words for ${JSON.stringify(schema)}`);
  }
}

/** As GitHub makes it from a heading. */
const anchorOf = (place: string): string => place.toLowerCase().replace(/[^a-z0-9]/g, '');

function boundsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  // JSON Schema states the largest integer of JavaScript where the spec states no bound.
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum !== undefined && most !== undefined) return ` from ${minimum} to ${most}`;
  const words: [string, number | undefined][] = [
    ['at least', minimum],
    ['above', exclusiveMinimum],
    ['at most', most],
    ['below', exclusiveMaximum],
  ];
  const said = words.flatMap(([word, bound]) => (bound === undefined ? [] : [`${word} ${bound}`]));
  return said.length === 0 ? '' : ` ${said.join(' and ')}`;
}

function countOf({ minItems, maxItems }: Schema): string {
  if (minItems !== undefined && maxItems !== undefined) return ` of ${minItems} to ${maxItems}`;
  if (minItems !== undefined) return ` of at least ${minItems}`;
  return maxItems === undefined ? '' : ` of at most ${maxItems}`;
}

function defaultOf(schema: Schema, required: boolean): string {
  if (required) return '**needed**';
  if (schema.default === undefined) return '–';
  // An object whose keys have defaults of their own says nothing by its own.
  if (isEmpty(schema.default)) return objectsOf(schema).length > 0 && !schema.items ? 'as below' : 'none';
  return code(schema.default);
}

const isEmpty = (value: unknown): boolean => ['{}', '[]'].includes(JSON.stringify(value));

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
