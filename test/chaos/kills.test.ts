/**
 * The short form of `npm run test:chaos -- --kills 200`: the same kills, fewer of them.
 * @module
 */
import { expect, test } from 'vitest';
import { chaos, type ChaosOptions } from './chaos.js';

const SEED = 20;

async function survive(options: Pick<ChaosOptions, 'kills' | 'real'>): Promise<void> {
  const lines: string[] = [`seed ${SEED}`];

  const { tried, survived, faults } = await chaos({ ...options, seed: SEED, log: (line) => lines.push(line) });

  console.log(`chaos: kills survived ${survived} of ${tried} tried, seed ${SEED}`);
  expect(faults, lines.join('\n')).toEqual([]);
  expect(survived).toBe(tried);
  expect(tried).toBeGreaterThanOrEqual(options.kills - 2); // a moment may have passed before it could be aimed at
}

test('a kill of any process at any instant leaves one job a stage and the end that an undisturbed run has', () =>
  survive({ kills: 10 }));

test('the same holds where jobs and endpoints are real processes: the same weights are trained', () =>
  survive({ kills: 3, real: true }));
