/**
 * Prices that a spec names by a local file: read here, because the worker cannot.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { problem, type Problem } from '../../spec/problem.js';
import { pricesSchema, type FineTuneSpecInput } from '../../spec/schema.js';

type Prices = Exclude<FineTuneSpecInput['prices'], string | undefined>;

/** @param folder  where relative paths start */
export async function readPrices(path: string, folder: string): Promise<{ prices: Prices } | { problem: Problem }> {
  const at = path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(folder, path);
  let raw: unknown;
  try {
    raw = parse(await readFile(at, 'utf8')) as unknown;
  } catch (error) {
    const why = (error as Error).message.split('\n')[0];
    return { problem: problem('prices', path, `a JSON or YAML file of prices (looked at ${at})`, `mend it: ${why}`) };
  }
  const parsed = pricesSchema.safeParse(raw);
  if (parsed.success) return { prices: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue ? `${issue.path.join('.') || 'the whole file'}: ${issue.message}` : '';
  return {
    problem: problem(
      'prices',
      path,
      '{asOf: <date>, usdPerHour: {<instance type>: <USD>}} in the file',
      `mend ${where}`,
    ),
  };
}
