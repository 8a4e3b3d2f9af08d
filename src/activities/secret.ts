/**
 * What a reference of a spec points to. It is read for each attempt and kept nowhere.
 * @module
 */
import { placeOf, readSecret } from '../aws/secretReference.js';
import { fail } from '../spec/failures.js';
import type { Reference } from '../spec/reference.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';

/**
 * @param field  where the reference stands in the spec, for the message
 * @throws NotFound (final) where nothing lies there
 */
export async function secretFrom(deps: Deps, reference: Reference, field: string): Promise<string> {
  const place = placeOf(reference);
  const found = await calling(`reading ${place}`, deps, () => readSecret(deps, reference));
  if (found !== undefined) return found;
  throw fail('NotFound', `${place} holds nothing as ${field} names it`, { mend: 'correct the reference' });
}
