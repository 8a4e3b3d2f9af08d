/**
 * Prices that a spec names by a local file: read here, because the worker cannot.
 * @module
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { problem, type Problem } from '../../spec/problem.js';
import { pricesSchema, type FineTuneSpecInput } from '../../spec/schema.js';
import { parseYaml, readSmall } from './readSmall.js';

type Prices = Exclude<FineTuneSpecInput['prices'], string | undefined>;

/** As much as a spec may have: the prices become a part of it. */
const MOST_FILE_BYTES = 64 * 1024;

/** @param folder  where relative paths start */
export async function readPrices(path: string, folder: string): Promise<{ prices: Prices } | { problem: Problem }> {
  const at = path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(folder, path);
  const refused = (why: string) => ({
    problem: problem('prices', path, `a JSON or YAML file of prices (looked at ${at})`, `fix it: ${why}`),
  });
  let text: string | undefined;
  try {
    text = await readSmall(at, MOST_FILE_BYTES);
  } catch (error) {
    return refused(`it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
  if (text === undefined) return refused(`it has more than ${MOST_FILE_BYTES} bytes`);
  const read = parseYaml(text);
  if ('faults' in read) return refused(`line ${read.faults[0]!.line}: ${read.faults[0]!.why}`);
  const parsed = pricesSchema.safeParse(read.value);
  if (parsed.success) return { prices: parsed.data };
  const [issue] = parsed.error.issues;
  // Keys that nobody knows are not repeated: the file may be another one than was meant.
  const why = issue?.code === 'unrecognized_keys' ? 'it has unknown keys' : issue?.message;
  const where = `${issue?.path.slice(0, 1).join('.') || 'the whole file'}: ${why}`;
  return {
    problem: problem(
      'prices',
      path,
      '{asOf: <date>, usdPerHour: {<instance type>: <USD>}} in the file',
      `fix ${where}`,
    ),
  };
}
