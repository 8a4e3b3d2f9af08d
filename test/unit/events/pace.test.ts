import { expect, test } from 'vitest';
import { Pace } from '../../../src/events/pace.js';

const EVERY_MS = 50;

test('of a flood for one workflow a burst and the last get through, and everybody hears how it went', async () => {
  const sent: number[] = [];
  const pace = new Pace<number>(async (_, news) => void sent.push(news), { burst: 3, everyMs: EVERY_MS });

  const alone = await Promise.all(Array.from({ length: 1_000 }, (_, i) => pace.deliver('job/x', i)));

  expect(sent).toEqual([0, 1, 2, 999]);
  expect(alone.filter(Boolean)).toHaveLength(4);
});

test('a flood for one workflow holds up no other', async () => {
  const sent: string[] = [];
  const pace = new Pace<number>(async (to) => void sent.push(to), { burst: 1, everyMs: 10_000 });
  await pace.deliver('job/x', 1);

  await pace.deliver('job/y', 1);

  expect(sent).toEqual(['job/x', 'job/y']);
});

test('what cannot be sent is the fault of nobody before, and comes back to all who wait for it', async () => {
  const pace = new Pace<number>(() => Promise.reject(new Error('away')), { burst: 0, everyMs: EVERY_MS });

  const [first, second] = await Promise.allSettled([pace.deliver('job/x', 1), pace.deliver('job/x', 2)]);

  expect([first?.status, second?.status]).toEqual(['rejected', 'rejected']);
});
