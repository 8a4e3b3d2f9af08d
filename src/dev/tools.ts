/**
 * Where set-up put the programs that the local stack runs.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root: two folders above this file, in `src/` and `dist/` alike. */
export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export type Tool = 'temporal' | 'versitygw' | 'python';

/** @throws Error that says how to get it, when set-up has not run or the program has gone since */
export function findTool(tool: Tool): string {
  const record = join(projectRoot, '.cache', 'tools.json');
  const path = existsSync(record)
    ? (JSON.parse(readFileSync(record, 'utf8')) as Partial<Record<Tool, string>>)[tool]
    : undefined;
  if (path === undefined) throw new Error(`${tool} is not set up yet: run \`node tools/setup.mjs\` in ${projectRoot}`);
  if (!existsSync(path))
    throw new Error(`${tool} was at ${path} and is gone: run \`node tools/setup.mjs\` in ${projectRoot}`);
  return path;
}
