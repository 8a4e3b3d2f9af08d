/**
 * REST-JSON, as Bedrock speaks it: the operation is in method and path, some of its members are in the path, some in a query.
 * @module
 */
import { nameIn } from './door.js';
import { invalid } from './errors.js';
import type { Route, ServiceModel } from './serviceModel.js';

export interface RestCall {
  operation: string;
  /** Members from path, query and body; checked by whoever calls. */
  input: Record<string, unknown>;
}

/** @returns undefined where none of the model's implemented operations is asked for so */
export function restCall(
  model: ServiceModel,
  { method, path, query = '' }: { method: string; path: string; query?: string },
  body: () => unknown,
): RestCall | undefined {
  for (const route of model.routes) {
    const found = route.method === method ? route.path.exec(path) : null;
    if (!found) continue;
    const inPath = Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, text]) => [name, nameIn(text)]));
    const given = method === 'GET' ? {} : body();
    if (typeof given !== 'object' || given === null) throw invalid('The request body is not a JSON object.');
    return { operation: route.operation, input: { ...given, ...inPath, ...inQuery(route, query) } };
  }
  return undefined;
}

/** As JSON would have them. What the operation does not know is left out, as AWS does. */
function inQuery({ query: known }: Route, query: string): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, text] of new URLSearchParams(query)) {
    const { member, type } = known.get(name) ?? {};
    if (member !== undefined) members[member] = type === 'integer' ? Number(text) : text;
  }
  return members;
}
