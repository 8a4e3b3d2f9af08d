import { expect, test } from 'vitest';
import { placeInWords, placesAfter, placesOf } from '../../../src/spec/places.js';

const inOrder = (instanceType: string | string[], spot = false) => placesOf({ instanceType, spot }).map(placeInWords);

test('one type on demand is one place', () => {
  expect(inOrder('ml.a.x')).toEqual(['ml.a.x']);
});

test('on demand SageMaker itself goes through the list', () => {
  expect(inOrder(['ml.a.x', 'ml.b.x'])).toEqual(['ml.a.x or ml.b.x']);
});

test('spot is tried on each type, then all of them on demand', () => {
  expect(inOrder(['ml.a.x', 'ml.b.x'], true)).toEqual(['spot ml.a.x', 'spot ml.b.x', 'ml.a.x or ml.b.x']);
});

test('where no type of a list has capacity, the next place comes', () => {
  const places = placesOf({ instanceType: ['ml.a.x', 'ml.b.x'], spot: true });

  expect(placesAfter(places).map(placeInWords)).toEqual(['spot ml.b.x', 'ml.a.x or ml.b.x']);
});

test('a quota takes its own type out of the list and leaves the others', () => {
  const places = placesOf({ instanceType: ['ml.a.x', 'ml.b.x'] });

  expect(placesAfter(places, 'ml.a.x').map(placeInWords)).toEqual(['ml.b.x']);
  expect(placesAfter(placesAfter(places, 'ml.a.x'), 'ml.b.x')).toEqual([]);
});
