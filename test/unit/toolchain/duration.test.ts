import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationText } from '../../../src/dev/toolchain/duration.js';

test.for([
  [0, '0.0 s'],
  [3_449, '3.4 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [119_600, '2 min'],
  [125_000, '2 min 5 s'],
] as const)('%d ms are %s', ([milliseconds, text]) => {
  expect(durationText(milliseconds)).toBe(text);
});

test('no part is ever as big as the next unit, and together they are the duration', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 * 3_600_000 }), (milliseconds) => {
      const [, minutes, , seconds] = /^(?:(\d+) min)?( ?([\d.]+) s)?$/.exec(durationText(milliseconds))!;
      expect(Number(seconds ?? 0)).toBeLessThan(60);
      const told = Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
      expect(Math.abs(told - milliseconds / 1000)).toBeLessThanOrEqual(0.5);
    }),
  );
});
