/**
 * Where a run went on when the quota refused a job. Such a refusal leaves no job behind that a later try of the run would find.
 * @module
 */
import { placeInWords, placesAfter, type Place } from '../../spec/places.js';

export interface Fallback {
  places: Place[];
  /** What the run says of each refusal, one after the other. */
  notices: string[];
}

/** @param type  of the first place, where the quota refused that one */
export const noQuotaIn = (place: Place, type: string): string =>
  `${placeInWords({ ...place, instanceTypes: [type] })}: no quota`;

/** In the order of the number of refusals; no places twice. */
export function fallbacksFrom(places: Place[]): Fallback[] {
  const found: Fallback[] = [];
  const seen = new Set<string>();
  for (let level: Fallback[] = [{ places, notices: [] }]; level.length > 0; found.push(...level)) {
    level = level.flatMap(afterOneMore).filter(({ places: left }) => {
      const key = JSON.stringify(left);
      return left.length > 0 && !seen.has(key) && seen.add(key);
    });
  }
  return found;
}

const afterOneMore = ({ places, notices }: Fallback): Fallback[] =>
  places[0]!.instanceTypes.map((type) => {
    const left = placesAfter(places, type);
    const to = left.length > 0 ? `; went on with ${placeInWords(left[0]!)}` : '';
    return { places: left, notices: [...notices, `${noQuotaIn(places[0]!, type)}${to}`] };
  });
