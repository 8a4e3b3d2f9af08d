import { expect, test } from 'vitest';
import { smallestGain } from '../../../src/run/smallestGain.js';

const gate = { confidence: 0.95, minGain: 0 };

test('with 100 questions a gain of 0.062 to 0.098 is seen four times in five', () => {
  // (1.959964 + 0.841621) · sd / 10
  const gain = smallestGain({ questions: 100 }, gate)!;

  expect(gain.low).toBeCloseTo(0.061635, 5);
  expect(gain.high).toBeCloseTo(0.098055, 5);
});

test('questions of few groups tell less, more confidence asks for more, and minGain comes on top', () => {
  const plain = smallestGain({ questions: 400 }, gate)!;

  expect(smallestGain({ questions: 400, groups: 100 }, gate)!.high).toBeCloseTo(2 * plain.high, 5);
  expect(smallestGain({ questions: 400 }, { ...gate, confidence: 0.99 })!.low).toBeGreaterThan(plain.low);
  expect(smallestGain({ questions: 400 }, { ...gate, minGain: 0.01 })!.low).toBeCloseTo(plain.low + 0.01, 6);
  expect(smallestGain({ questions: 0 }, gate)).toBeUndefined();
});
