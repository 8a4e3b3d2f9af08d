/**
 * The short form of `npm run test:chaos -- --kills 200`: the same kills, fewer of them.
 * @module
 */
import { expect, test } from 'vitest';
import { chaos } from './chaos.js';

const SEED = 20;
const KILLS = 10;

test('a kill of any process at any instant leaves one job a stage and the end that an undisturbed run has', async () => {
  const lines: string[] = [`seed ${SEED}`];

  const { tried, survived, faults } = await chaos({ kills: KILLS, seed: SEED, log: (line) => lines.push(line) });

  console.log(`chaos: kills survived ${survived} of ${tried} tried, seed ${SEED}`);
  expect(faults, lines.join('\n')).toEqual([]);
  expect(survived).toBe(tried);
  expect(tried).toBeGreaterThanOrEqual(KILLS - 2); // a moment may have passed before it could be aimed at
});
