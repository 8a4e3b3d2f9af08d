/**
 * On-demand list prices, dated, under those that the spec gives. A price that is in neither is unknown, never guessed.
 * @module
 */
import type { PriceTable } from '../spec/cost.js';
import type { FineTuneSpec } from '../spec/schema.js';
import prices from './prices.json' with { type: 'json' };

/**
 * USD a GB and month of S3 Standard, the first 50 TB; source: AWS's pricing page of S3, as noted in 2025-01. What is in no
 * entry is unknown.
 */
const STORAGE: Record<string, number> = {
  'us-east-1': 0.023,
  'us-east-2': 0.023,
  'us-west-2': 0.023,
  'eu-west-1': 0.023,
  'eu-central-1': 0.0245,
};

/** What so many bytes cost as long as they lie in S3; undefined where the price is not known. */
export function storageUsdPerMonth(region: string, bytes: number): number | undefined {
  const perGb = STORAGE[region];
  return perGb === undefined ? undefined : Math.round((bytes / 1024 ** 3) * perGb * 10_000) / 10_000;
}

const builtIn: Record<string, Record<string, number>> = prices.usdPerHour;

/** Every price that is known in a region; `asOf` says of when. Spot prices are known only where the spec gives them. */
export function pricesIn(
  region: string,
  own: FineTuneSpec['prices'],
): { asOf: string; table: PriceTable; region: string } {
  const listed = Object.entries(builtIn[region] ?? {}).map(([type, onDemand]) => [type, { onDemand }] as const);
  if (own === undefined || typeof own === 'string')
    return { asOf: prices.asOf, table: Object.fromEntries(listed), region };
  const given = Object.entries(own.usdPerHour).map(
    ([type, price]) => [type, typeof price === 'number' ? { onDemand: price } : price] as const,
  );
  return {
    asOf: listed.length > 0 ? `${own.asOf} (built in: ${prices.asOf})` : own.asOf,
    table: Object.fromEntries([...listed, ...given]),
    region,
  };
}
