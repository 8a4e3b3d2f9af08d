/**
 * `attune prices update`: AWS's list prices of a region, in a file that specs name.
 * @module
 */
import { relative } from 'node:path';
import { updatePrices } from '../client/inputs/priceUpdate.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';

export interface PricesFlags extends JsonFlag {
  region?: string;
  out: string;
  from?: string;
}

export async function prices(io: Io, { json, ...options }: PricesFlags): Promise<number> {
  const updated = await updatePrices({ ...options, cwd: io.cwd }, io.env);
  const { path, asOf, types, keptSpot } = updated;
  if (json) io.json(updated);
  else io.out(path);
  const kept = keptSpot.length > 0 ? `; spot prices kept of ${keptSpot.join(', ')}` : '';
  io.say(`On-demand prices of ${types} instance types as of ${asOf}${kept}. A spec takes them by its key "prices":`);
  io.next(`write "prices: ./${relative(io.cwd, path)}" into the spec, then attune validate it`);
  return EXIT.done;
}
