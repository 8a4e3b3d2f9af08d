/**
 * The short form of `npm run test:hostile`: the same areas, fewer inputs.
 * @module
 */
import { expect, test } from 'vitest';
import { tryAll } from './try.js';

test('whatever a stranger hands in is refused with words or handled, and soon', async () => {
  const results = await tryAll(300, 20, console.log);

  expect(results.flatMap(({ bad }) => bad)).toEqual([]);
});
