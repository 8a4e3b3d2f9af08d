/**
 * Checks a request against the service model, in the words that AWS uses.
 * @module
 */
import { AwsError, invalid } from './errors.js';
import type { ServiceModel, Shape } from './serviceModel.js';

type Json = unknown;

/**
 * @returns the request with members that the model knows, the others left out (AWS ignores them), null taken as absent
 * @throws SerializationException for a value of another type than the model's
 * @throws ValidationException that lists every broken constraint
 */
export function checked(model: ServiceModel, inputShape: string, request: Json): object {
  const problems: string[] = [];
  const value = new Check(model, problems).value(inputShape, request, '');
  if (problems.length) {
    const errors = problems.length === 1 ? 'error' : 'errors';
    throw invalid(`${problems.length} validation ${errors} detected: ${problems.join('; ')}`);
  }
  return value as object;
}

class Check {
  constructor(
    private readonly model: ServiceModel,
    private readonly problems: string[],
  ) {}

  value(shapeName: string, value: Json, path: string): Json {
    const shape = this.shape(shapeName);
    if (shape.document) return value;
    requireType(shape, value, path);
    switch (shape.type) {
      case 'structure':
        return this.structure(shape, value as Record<string, Json>, path);
      case 'list':
        return this.list(shape, value as Json[], path);
      case 'map':
        return this.map(shape, value as Record<string, Json>, path);
      default:
        for (const rule of brokenRules(shape, value)) this.report(value, path, rule);
        return value;
    }
  }

  private structure(shape: Shape, value: Record<string, Json>, path: string): Json {
    const known: Record<string, Json> = {};
    for (const [name, member] of Object.entries(shape.members ?? {})) {
      const given = value[name];
      const at = step(path, lowerFirst(name));
      if (given !== undefined && given !== null) known[name] = this.value(member.shape, given, at);
      else if (shape.required?.includes(name)) this.report(null, at, 'Member must not be null');
    }
    if (shape.union && Object.keys(known).length !== 1) {
      this.report(value, path, `Member must have exactly one of [${Object.keys(shape.members ?? {}).join(', ')}]`);
    }
    return known;
  }

  private list(shape: Shape, value: Json[], path: string): Json {
    for (const rule of brokenLength(shape, value.length)) this.report(value, path, rule);
    const memberName = shape.member?.shape ?? '';
    const member = this.shape(memberName);
    if (isScalar(member)) {
      const rules = new Set<string>();
      for (const item of value) for (const rule of this.scalarRules(member, item, path)) rules.add(rule);
      if (rules.size) this.report(value, path, `Member must satisfy constraint: [${[...rules].join(', ')}]`);
      return value;
    }
    return value.map((item, index) => this.value(memberName, item, step(path, `${index + 1}.member`)));
  }

  private map(shape: Shape, value: Record<string, Json>, path: string): Json {
    const entries = Object.entries(value);
    for (const rule of brokenLength(shape, entries.length)) this.report(value, path, rule);
    const keyRules = new Set<string>();
    const valueRules = new Set<string>();
    const key = this.shape(shape.key?.shape ?? '');
    const valueShape = this.shape(shape.value?.shape ?? '');
    const known: Record<string, Json> = {};
    for (const [name, item] of entries) {
      for (const rule of this.scalarRules(key, name, path)) keyRules.add(rule);
      if (isScalar(valueShape)) {
        for (const rule of this.scalarRules(valueShape, item, path)) valueRules.add(rule);
        known[name] = item;
      } else {
        known[name] = this.value(shape.value?.shape ?? '', item, step(path, `${name}.member`));
      }
    }
    if (keyRules.size) this.report(value, path, `Map keys must satisfy constraint: [${[...keyRules].join(', ')}]`);
    if (valueRules.size) this.report(value, path, `Map value must satisfy constraint: [${[...valueRules].join(', ')}]`);
    return known;
  }

  private scalarRules(shape: Shape, value: Json, path: string): string[] {
    requireType(shape, value, path);
    return brokenRules(shape, value);
  }

  private shape(name: string): Shape {
    const shape = this.model.shapes.get(name);
    if (!shape) throw new Error(`the service model holds no shape ${name}`);
    return shape;
  }

  private report(value: Json, path: string, rule: string): void {
    const given = value === null ? 'null' : `'${shown(value)}'`;
    this.problems.push(`Value ${given} at '${path}' failed to satisfy constraint: ${rule}`);
  }
}

const isScalar = ({ type }: Shape): boolean => type !== 'structure' && type !== 'list' && type !== 'map';

function brokenRules(shape: Shape, value: Json): string[] {
  switch (shape.type) {
    case 'string':
      return brokenText(shape, value as string);
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return brokenRange(shape, value as number);
    default:
      return [];
  }
}

function brokenText(shape: Shape, text: string): string[] {
  const rules = brokenLength(shape, [...text].length);
  if (shape.pattern !== undefined && !matches(shape.pattern, text)) {
    rules.push(`Member must satisfy regular expression pattern: ${shape.pattern}`);
  }
  if (shape.enum && !shape.enum.includes(text)) {
    rules.push(`Member must satisfy enum value set: [${shape.enum.join(', ')}]`);
  }
  return rules;
}

function brokenLength({ min, max }: Shape, length: number): string[] {
  const rules: string[] = [];
  if (max !== undefined && length > max) rules.push(`Member must have length less than or equal to ${max}`);
  if (min !== undefined && length < min) rules.push(`Member must have length greater than or equal to ${min}`);
  return rules;
}

function brokenRange({ min, max }: Shape, value: number): string[] {
  const rules: string[] = [];
  if (max !== undefined && value > max) rules.push(`Member must have value less than or equal to ${max}`);
  if (min !== undefined && value < min) rules.push(`Member must have value greater than or equal to ${min}`);
  return rules;
}

const compiled = new Map<string, RegExp | undefined>();

/** Patterns are Java's, without anchors. The few that JavaScript cannot read are let pass: AWS will check them. */
function matches(pattern: string, text: string): boolean {
  if (!compiled.has(pattern)) compiled.set(pattern, compile(pattern));
  return compiled.get(pattern)?.test(text) ?? true;
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch {
    return undefined;
  }
}

/** What JSON calls each of the model's types, and what AWS's parser says when it finds another one. */
function requireType(shape: Shape, value: Json, path: string): void {
  const found = Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
  if (fits(shape.type, value, found)) return;
  throw new AwsError(
    'SerializationException',
    `${path ? `Member '${path}'` : 'The request'}: a ${found} can not be converted to a ${shape.type}.`,
  );
}

function fits(type: Shape['type'], value: Json, found: string): boolean {
  switch (type) {
    case 'structure':
    case 'map':
      return found === 'object';
    case 'list':
      return found === 'list';
    case 'string':
    case 'blob':
      return found === 'string';
    case 'boolean':
      return found === 'boolean';
    case 'integer':
    case 'long':
      return Number.isSafeInteger(value);
    case 'float':
    case 'double':
    case 'timestamp':
      return found === 'number';
  }
}

/** As AWS prints values: lists and maps in Java's manner. */
function shown(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, member]) => `${key}=${shown(member)}`);
  return `{${entries.join(', ')}}`;
}

const step = (path: string, name: string): string => (path ? `${path}.${name}` : name);
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
