import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pollDelayMs } from '../../../src/activities/pollPolicy.js';
import { METRICS, PROGRESS } from '../../../src/aws/requests/training.js';

const intervals = { pollMs: 30_000, freshPollMs: 5_000, announced: false };
const createdAt = '2026-05-04T09:00:00.000Z';
const startedAt = '2026-05-04T09:02:00.000Z';
const at = (minutes: number): number => Date.parse(createdAt) + minutes * 60_000;

describe('the pause between two looks at a job', () => {
  test.each([
    ['is short in the first minute', { createdAt }, at(0.5), 5_000],
    ['is long in mid-run', { createdAt, startedAt, metrics: { [PROGRESS]: 0.2 } }, at(12), 30_000],
    ['is long where nothing predicts the end', { createdAt, startedAt }, at(12), 30_000],
    // 10 minutes for 96 % leave 25 s
    ['ends at the predicted last step', { createdAt, startedAt, metrics: { [PROGRESS]: 0.96 } }, at(12), 25_000],
    ['is short near it', { createdAt, startedAt, metrics: { [PROGRESS]: 0.995 } }, at(12), 5_000],
    ['is short after it', { createdAt, startedAt, metrics: { [PROGRESS]: 1 } }, at(12), 5_000],
  ])('%s', (_, job, now, expected) => {
    expect(pollDelayMs(job, now, intervals)).toBeCloseTo(expected, -1);
  });

  test.each([
    ['first minute', { createdAt }, at(0.5)],
    ['mid-run', { createdAt, startedAt, metrics: { [PROGRESS]: 0.2 } }, at(12)],
    ['last step', { createdAt, startedAt, metrics: { [PROGRESS]: 1 } }, at(12)],
  ])('is five minutes in the %s where events announce the end', (_, job, now) => {
    expect(pollDelayMs(job, now, { ...intervals, announced: true })).toBe(300_000);
  });

  test('is never shorter for announced changes than without them', () => {
    const announced = (pollMs: number) => pollDelayMs({ createdAt }, at(12), { ...intervals, pollMs, announced: true });
    expect([announced(30), announced(30_000), announced(600_000)]).toEqual([300, 300_000, 600_000]);
  });

  test('lies between the two intervals whatever a job prints', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.integer({ min: 0, max: 100_000 }), (share, minutes) => {
        const delay = pollDelayMs({ createdAt, startedAt, metrics: { [PROGRESS]: share } }, at(minutes), intervals);

        expect(delay).toBeGreaterThanOrEqual(5_000);
        expect(delay).toBeLessThanOrEqual(30_000);
      }),
    );
  });
});

test('the share of steps is read from the line that the training prints', () => {
  const regex = new RegExp(METRICS.find(({ Name }) => Name === PROGRESS)!.Regex);

  expect(regex.exec('attune-metric step=10 epoch=0.40 progress=0.400 loss=5.2067')?.[1]).toBe('0.400');
});
