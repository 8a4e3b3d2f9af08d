/**
 * AWS's own description of its APIs, as installed with botocore: the rule book that every request is checked against.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { writeWhole } from './wholeFile.js';

export interface Member {
  shape: string;
}

/** How an operation of a REST API is asked for. */
export interface Route {
  operation: string;
  method: string;
  /** Its groups are the members in the path, percent-encoded, by name. */
  path: RegExp;
  /** What a query may hold: the member of each name. */
  query: ReadonlyMap<string, { member: string; type: Shape['type'] }>;
}

/** A shape as botocore writes it, without its documentation. */
export interface Shape {
  type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'integer'
    | 'long'
    | 'float'
    | 'double'
    | 'boolean'
    | 'timestamp'
    | 'blob';
  required?: string[];
  members?: Record<string, Member>;
  union?: boolean;
  /** Any JSON value, whatever the type says. */
  document?: boolean;
  member?: Member;
  key?: Member;
  value?: Member;
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
}

export interface ServiceModel {
  /** What comes before the dot in X-Amz-Target; of REST APIs undefined. */
  targetPrefix: string | undefined;
  /** Of REST APIs: those of the implemented operations. */
  routes: Route[];
  /** Status of each error that the model gives one. */
  statuses: Map<string, number>;
  /** Every operation that AWS has, with its input shape where it takes one. */
  operations: Map<string, string | undefined>;
  /** The shapes that `implemented` operations can be asked with. */
  shapes: Map<string, Shape>;
}

interface PlacedMember extends Member {
  location?: string;
  locationName?: string;
}

interface BotocoreModel {
  metadata: { targetPrefix?: string };
  operations: Record<string, { input?: Member; http: { method: string; requestUri: string } }>;
  shapes: Record<string, Shape & { documentation?: string; error?: { httpStatusCode?: number } }>;
}

/**
 * Loads one service's model from the Python environment's botocore.
 *
 * @param service      botocore's name of it, such as `sagemaker`
 * @param implemented  operations whose input shapes are kept; the rest of the model (some 4,000 shapes) is let go
 * @throws Error that says what to install when there is no botocore
 */
export function loadServiceModel(
  service: string,
  implemented: string[],
  { python, stateDir }: { python: string; stateDir: string },
): ServiceModel {
  const folder = join(botocoreFolder(python, stateDir), 'data', service);
  const version = readdirSync(folder).sort().at(-1) ?? '';
  const model = readModel(join(folder, version));
  const shapes = new Map<string, Shape>();
  for (const operation of implemented) {
    const input = model.operations[operation]?.input;
    if (input) collect(model, input.shape, shapes);
  }
  return {
    targetPrefix: model.metadata.targetPrefix,
    routes: model.metadata.targetPrefix === undefined ? implemented.map((name) => routeOf(model, name)) : [],
    statuses: new Map(
      Object.entries(model.shapes).flatMap(([name, { error }]) =>
        error?.httpStatusCode === undefined ? [] : [[name, error.httpStatusCode]],
      ),
    ),
    operations: new Map(Object.entries(model.operations).map(([name, { input }]) => [name, input?.shape])),
    shapes,
  };
}

function routeOf(model: BotocoreModel, operation: string): Route {
  const { http, input } = model.operations[operation] ?? {};
  if (!http) throw new Error(`botocore's service model holds no operation ${operation}`);
  const members: [string, PlacedMember][] = Object.entries((input && model.shapes[input.shape]?.members) ?? {});
  const asked = members.flatMap(([member, { location, locationName = member, shape }]) =>
    location === 'querystring' ? [[locationName, { member, type: model.shapes[shape]!.type }] as const] : [],
  );
  return {
    operation,
    method: http.method,
    path: new RegExp(`^${http.requestUri.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
    query: new Map(asked),
  };
}

function readModel(folder: string): BotocoreModel {
  const plain = join(folder, 'service-2.json');
  const text = existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(`${plain}.gz`));
  return JSON.parse(text.toString('utf8')) as BotocoreModel;
}

function collect(model: BotocoreModel, name: string, shapes: Map<string, Shape>): void {
  if (shapes.has(name)) return;
  const found = model.shapes[name];
  if (!found) throw new Error(`botocore's service model names a shape ${name} that it does not hold`);
  const { documentation: _documentation, ...shape } = found;
  if (shape.members) {
    shape.members = Object.fromEntries(
      Object.entries(shape.members).map(([key, member]) => [key, { shape: member.shape }]),
    );
  }
  shapes.set(name, shape);
  const next = [...Object.values(shape.members ?? {}), shape.member, shape.key, shape.value];
  for (const member of next) if (member) collect(model, member.shape, shapes);
}

/** Asks Python once where botocore is, and remembers it in the state folder. */
function botocoreFolder(python: string, stateDir: string): string {
  const note = join(stateDir, 'botocore.json');
  if (existsSync(note)) {
    const known = JSON.parse(readFileSync(note, 'utf8')) as { python: string; folder: string };
    if (known.python === python && existsSync(known.folder)) return known.folder;
  }
  const folder = askPython(python);
  writeWhole(note, JSON.stringify({ python, folder }));
  return folder;
}

function askPython(python: string): string {
  const program = 'import importlib.util as u; print(u.find_spec("botocore").submodule_search_locations[0])';
  try {
    return execFileSync(python, ['-c', program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch (error) {
    throw new Error(
      `${python} has no botocore, whose service model the local SageMaker checks requests by. ` +
        'Install it there (it comes with boto3), or name another Python by --python.',
      { cause: error },
    );
  }
}
