/**
 * Where set-up put the programs that the local stack runs.
 *
 * One record for each user, `$XDG_DATA_HOME/attune/toolchain.json`: tool → digest of its pins → program. Two versions of
 * attune, or two clones at different commits, find what fits each of them and leave each other's entries alone.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { digestOf, isClone, pins, projectRoot, SETUP_COMMAND, userData } from './places.js';

export { projectRoot };

export type Tool = 'temporal' | 'versitygw' | 'python';

export interface Provided {
  /** The program. */
  file: string;
  /** Where it comes from, in a few words. */
  why: string;
}

/** What each is made from. An entry under another digest belongs to another version of attune. */
const MADE_FROM: Record<Tool, () => string[]> = {
  temporal: () => [pins.wheels, join(pins.goModule('temporal'), 'go.sum')],
  versitygw: () => [join(pins.goModule('versitygw'), 'go.sum')],
  python: () => [pins.requirementsLock, pins.requirements],
};

const recordSchema = z.record(z.string(), z.record(z.string(), z.object({ file: z.string(), why: z.string() })));
type ToolRecord = z.infer<typeof recordSchema>;

/** A clone's command must be given in the clone. */
const WHERE = isClone ? ` in ${projectRoot}` : '';

export const recordFile = (): string => join(userData(), 'toolchain.json');

/** A record that cannot be read counts as none: set-up then makes it anew. */
function readRecord(): ToolRecord {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordFile(), 'utf8')));
  } catch {
    return {};
  }
}

export const providedTool = (tool: Tool): Provided | undefined => readRecord()[tool]?.[digestOf(MADE_FROM[tool]())];

/**
 * Adds to the record. Call it only while holding the record's lock: it reads, changes and writes.
 * Written beside and renamed, so that a reader never sees half a file.
 */
export function recordTools(found: Partial<Record<Tool, Provided>>): void {
  const record = readRecord();
  for (const [tool, provided] of Object.entries(found) as [Tool, Provided][])
    record[tool] = { ...record[tool], [digestOf(MADE_FROM[tool]())]: provided };
  const fresh = `${recordFile()}.${process.pid}.new`;
  mkdirSync(dirname(fresh), { recursive: true });
  writeFileSync(fresh, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(fresh, recordFile());
}

/**
 * @example
 * spawn(findTool('temporal'), ['server', 'start-dev']);
 *
 * @returns the program's path
 * @throws Error that says how to get it, when set-up has not run for this version of attune or the program has gone since
 */
export function findTool(tool: Tool): string {
  const file = providedTool(tool)?.file;
  if (file === undefined) throw new Error(`${tool} is not set up yet: run \`${SETUP_COMMAND}\`${WHERE}`);
  if (!existsSync(file)) throw new Error(`${tool} was at ${file} and is gone: run \`${SETUP_COMMAND}\`${WHERE}`);
  return file;
}
