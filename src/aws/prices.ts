/**
 * On-demand list prices, dated. A price that is not in the table is said to be unknown, never guessed.
 * @module
 */
import prices from './prices.json' with { type: 'json' };

export const PRICES_AS_OF = prices.asOf;

const table: Record<string, Record<string, number>> = prices.usdPerHour;

/** USD for an instance-hour; undefined where it is not known. */
export const hourlyPrice = (instanceType: string, region: string): number | undefined => table[region]?.[instanceType];
