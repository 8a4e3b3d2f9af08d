/**
 * Runs over time by the questions that they were asked: only scores on the same ones compare.
 * @module
 */
import { shortHash } from '../../run/numbers.js';
import type { TrendPoint } from './trend.js';

/** Runs in a row that were asked the same questions. What is not known is alike with nothing. */
export function testsInTurn(points: readonly TrendPoint[]): TrendPoint[][] {
  const turns: TrendPoint[][] = [];
  for (const point of points) {
    const last = turns.at(-1);
    if (last && point.testHash !== undefined && last[0]!.testHash === point.testHash) last.push(point);
    else turns.push([point]);
  }
  return turns;
}

export const testInWords = (testHash: string | undefined): string =>
  testHash ? `test ${shortHash(testHash)}` : 'a test that is not known any more';
