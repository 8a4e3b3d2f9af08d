/**
 * Chaos as a test: no kill may leave a fault.
 * @module
 */
import { expect } from 'vitest';
import { chaos, type ChaosOptions, type ChaosReport } from './chaos.js';

const SEED = 20;

export async function survive(options: Pick<ChaosOptions, 'kills' | 'real'>): Promise<ChaosReport> {
  const lines: string[] = [`seed ${SEED}`];

  const report = await chaos({ ...options, seed: SEED, log: (line) => lines.push(line) });
  const { tried, survived, faults } = report;

  console.log(`chaos: kills survived ${survived} of ${tried} tried, seed ${SEED}`);
  expect(faults, lines.join('\n')).toEqual([]);
  expect(survived).toBe(tried);
  expect(tried).toBeGreaterThanOrEqual(options.kills - 2); // a moment may have passed before it could be aimed at
  return report;
}
