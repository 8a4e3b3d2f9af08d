/** Durations as people read them: two units, the larger first. */
import { expect, test } from 'vitest';
import { duration } from '../../../src/run/times.js';

test.for([
  [0, '0s'],
  [63, '1m 03s'],
  [5400, '1h 30m'],
  [36 * 3600, '36h 00m'],
  [48 * 3600, '2d 00h'],
  [1693 * 3600 + 8 * 60, '70d 13h'],
])('%i seconds are %s', ([seconds, words]) => {
  expect(duration(seconds as number)).toBe(words);
});
