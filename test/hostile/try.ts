/**
 * Tries every area with its share of the inputs.
 * @module
 */
import type { Bad } from './area.js';
import { areas } from './areas.js';

export interface Tried {
  area: string;
  tried: number;
  bad: Bad[];
}

/** One after the other: an input's time is judged too. */
export async function tryAll(inputs: number, seed: number, log: (line: string) => void): Promise<Tried[]> {
  const share = Math.ceil(inputs / areas.length);
  const results: Tried[] = [];
  for (const { name, run } of areas) {
    const { tried, bad } = await run(share, seed);
    results.push({ area: name, tried, bad });
    log(
      `${name.padEnd(20)} ${String(tried).padStart(6)} ${String(tried - bad.length).padStart(6)} ${String(bad.length).padStart(6)}`,
    );
  }
  return results;
}
