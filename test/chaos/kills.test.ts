/**
 * The short form of `npm run test:chaos -- --kills 200`: the same kills, fewer of them.
 * @module
 */
import { expect, test } from 'vitest';
import { STAGE_NAMES } from '../../src/spec/stages.js';
import { chaos, type ChaosOptions, type ChaosReport } from './chaos.js';

const SEED = 20;

async function survive(options: Pick<ChaosOptions, 'kills' | 'real'>): Promise<ChaosReport> {
  const lines: string[] = [`seed ${SEED}`];

  const report = await chaos({ ...options, seed: SEED, log: (line) => lines.push(line) });
  const { tried, survived, faults } = report;

  console.log(`chaos: kills survived ${survived} of ${tried} tried, seed ${SEED}`);
  expect(faults, lines.join('\n')).toEqual([]);
  expect(survived).toBe(tried);
  expect(tried).toBeGreaterThanOrEqual(options.kills - 2); // a moment may have passed before it could be aimed at
  return report;
}

test('a kill of any process at any instant leaves one job a stage and the end that an undisturbed run has', async () => {
  const { struck } = await survive({ kills: STAGE_NAMES.length });

  expect([...struck]).toEqual(
    expect.arrayContaining(['train', 'tune', 'deploy', 'verify', 'index', 'switch', 'embed']),
  );
});

test('the same holds where jobs and endpoints are real processes: the same weights are trained', () =>
  survive({ kills: 3, real: true }));
