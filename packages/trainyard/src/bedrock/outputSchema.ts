/**
 * What a JSON schema may hold where the answer is guaranteed to fit it. Bedrock and OpenAI refuse the rest with 400.
 * Source: Bedrock's user guide, "Get validated JSON results from models"; OpenAI's, "Structured outputs".
 * @module
 */
import { invalid } from '../errors.js';

type Schema = Record<string, unknown>;

/** Bedrock knows them and enforces none of them, so it refuses them. */
const NOT_ON_BEDROCK = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
];

/** @throws ValidationException for what is no JSON object */
export function schemaOf(text: string): Schema {
  try {
    const schema: unknown = JSON.parse(text);
    if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema as Schema;
  } catch {
    // Refused below, as any other text that is no JSON object.
  }
  throw invalid('outputConfig.textFormat: the schema is not a JSON object.');
}

/** @throws ValidationException that names the place */
export function requireStrict(schema: object, where: string): object {
  for (const [path, part] of partsOf(schema as Schema, '#')) {
    const found = NOT_ON_BEDROCK.find((keyword) => keyword in part);
    if (found) throw invalid(`${where}: ${path}: '${found}' is not supported.`);
    if (typeof part['minItems'] === 'number' && part['minItems'] > 1)
      throw invalid(`${where}: ${path}: 'minItems' must be 0 or 1.`);
    if (part['type'] === 'object' && part['additionalProperties'] !== false)
      throw invalid(`${where}: ${path}: for 'object' type, 'additionalProperties' must be explicitly set to false.`);
  }
  return schema;
}

/** @returns what is wrong for OpenAI's `strict: true`, in its words, if anything is */
export function whyNotStrict(schema: object, name: string): string | undefined {
  for (const [path, part] of partsOf(schema as Schema, '#')) {
    if (part['type'] !== 'object') continue;
    const inContext = `Invalid schema for response_format '${name}': In context=(${path}),`;
    if (part['additionalProperties'] !== false)
      return `${inContext} 'additionalProperties' is required to be supplied and to be false.`;
    const required = new Set((part['required'] ?? []) as string[]);
    const optional = Object.keys(part['properties'] ?? {}).find((key) => !required.has(key));
    if (optional !== undefined)
      return `${inContext} 'required' is required to be supplied and to be an array including every key in properties. Missing '${optional}'.`;
  }
  return undefined;
}

/**
 * The schema, with an end to every string that has none: a small model seldom ends a string that the grammar lets go on, and what is
 * cut by `max_tokens` in the middle is no JSON. Of 95 answers with two questions of SmolLM2-135M, 44 ran into that limit, at 78 % of
 * all tokens; with an end none did.
 *
 * @param most  characters
 */
export function withEndingStrings(schema: object, most: number): object {
  const copy = structuredClone(schema) as Schema;
  for (const [, part] of partsOf(copy, '#'))
    if (part['type'] === 'string' && !('enum' in part) && !('const' in part)) part['maxLength'] ??= most;
  return copy;
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A schema and all that it holds, each with its place. */
function* partsOf(schema: Schema, path: string): Generator<[string, Schema]> {
  yield [path, schema];
  for (const key of ['properties', '$defs', 'definitions'])
    for (const [name, part] of Object.entries(isSchema(schema[key]) ? schema[key] : {}))
      if (isSchema(part)) yield* partsOf(part, `${path}/${key}/${name}`);
  if (isSchema(schema['items'])) yield* partsOf(schema['items'], `${path}/items`);
  for (const key of ['anyOf', 'allOf'])
    for (const [index, part] of Object.entries(Array.isArray(schema[key]) ? (schema[key] as unknown[]) : []))
      if (isSchema(part)) yield* partsOf(part, `${path}/${key}/${index}`);
}
