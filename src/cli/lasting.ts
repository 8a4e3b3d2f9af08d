/**
 * How long something is meant to last, as people write it.
 * @module
 */
import { InvalidArgumentError } from 'commander';

const SECONDS = { m: 60, h: 3600, d: 24 * 3600 } as const;

/** "90m", "12h", "7d" → seconds. @throws InvalidArgumentError for anything else */
export function secondsIn(text: string): number {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('Expected a number with m, h or d, such as 12h or 7d.');
  return Number(count) * SECONDS[unit as keyof typeof SECONDS];
}
