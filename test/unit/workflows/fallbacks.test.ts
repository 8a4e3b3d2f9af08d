import { expect, test } from 'vitest';
import { placesOf } from '../../../src/spec/places.js';
import { fallbacksFrom } from '../../../src/workflows/stages/fallbacks.js';

const where = (compute: Parameters<typeof placesOf>[0]) =>
  fallbacksFrom(placesOf(compute)).map(({ places: [first], notices }) => [
    first!.instanceTypes.join(),
    first!.spot,
    notices.length,
  ]);

test('on demand each type may have been refused, and each rest of the list is looked for once', () => {
  expect(where({ instanceType: ['a', 'b', 'c'] })).toEqual([
    ['b,c', false, 1],
    ['a,c', false, 1],
    ['a,b', false, 1],
    ['c', false, 2],
    ['b', false, 2],
    ['a', false, 2],
  ]);
});

test('after spot comes the next type of spot, then all types on demand', () => {
  expect(where({ instanceType: ['a', 'b'], spot: true }).slice(0, 2)).toEqual([
    ['b', true, 1],
    ['a,b', false, 2],
  ]);
});

test('one type has no other to go on with', () => {
  expect(where({ instanceType: 'a' })).toEqual([]);
});

test('each refusal is told as it was told then', () => {
  expect(fallbacksFrom(placesOf({ instanceType: ['a', 'b'], spot: true }))[1]!.notices).toEqual([
    'spot a: no quota; went on with spot b',
    'spot b: no quota; went on with a or b',
  ]);
});
