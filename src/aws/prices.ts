/**
 * On-demand list prices, dated, under those that the spec gives. A price that is in neither is unknown, never guessed.
 * @module
 */
import type { PriceTable } from '../spec/cost.js';
import type { FineTuneSpec } from '../spec/schema.js';
import prices from './prices.json' with { type: 'json' };

const builtIn: Record<string, Record<string, number>> = prices.usdPerHour;

/** Every price that is known in a region; `asOf` says of when. Spot prices are known only where the spec gives them. */
export function pricesIn(region: string, own: FineTuneSpec['prices']): { asOf: string; table: PriceTable } {
  const listed = Object.entries(builtIn[region] ?? {}).map(([type, onDemand]) => [type, { onDemand }] as const);
  if (own === undefined || typeof own === 'string') return { asOf: prices.asOf, table: Object.fromEntries(listed) };
  const given = Object.entries(own.usdPerHour).map(
    ([type, price]) => [type, typeof price === 'number' ? { onDemand: price } : price] as const,
  );
  return {
    asOf: listed.length > 0 ? `${own.asOf} (built in: ${prices.asOf})` : own.asOf,
    table: Object.fromEntries([...listed, ...given]),
  };
}
