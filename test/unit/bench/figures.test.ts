/**
 * The arithmetic of the benches.
 * @module
 */
import { describe, expect, test } from 'vitest';
import { gapsOf, spread, table } from '../../../bench/figures.js';
import { describesPerHour, gapMs, PEERS } from '../../../bench/peers.js';
import { seeded } from '../../support/dice.js';
import type { Progress } from '../../../src/run/progress.js';

describe('the figures of a bench', () => {
  test('are values that were measured', () => {
    expect(spread([30, 10, 20])).toEqual({ p50: 20, p99: 30, worst: 30 });
    expect(spread(Array.from({ length: 100 }, (_, index) => index + 1))).toEqual({ p50: 50, p99: 99, worst: 100 });
  });

  test('take a gap from each stage whose job ended and was followed by a call', () => {
    const timeline = [
      { stage: 'preflight', startedAt: '' },
      { stage: 'prepare', startedAt: '', detectionMs: 40, dispatchMs: 60 },
      { stage: 'train', startedAt: '', detectionMs: 40 },
    ];
    expect(gapsOf({ timeline } as Progress)).toEqual([{ detection: 40, dispatch: 60 }]);
  });

  test('line up in a table', () => {
    expect(
      table([
        { who: 'a', ms: 5 },
        { who: 'longer', ms: 12 },
      ]),
    ).toBe('who     ms\na        5\nlonger  12');
  });
});

describe("a peer's poll loop", () => {
  test('knows of an end half an interval later on average, and a whole one at worst', () => {
    const random = seeded(7);
    for (const peer of PEERS) {
      const gaps = Array.from({ length: 2000 }, () => gapMs(peer, random()));
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length / 1000;
      expect(mean / (peer.interval / 2 + peer.after)).toBeCloseTo(1, 1);
      expect(Math.max(...gaps) / 1000).toBeLessThan(peer.interval + peer.after);
    }
  });

  test('asks as often as its interval says, and alike each time', () => {
    expect(describesPerHour(PEERS[0]!)).toBe(720);
    expect(seeded(1)()).toBe(seeded(1)());
  });
});
