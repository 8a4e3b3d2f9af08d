/**
 * The short form of `npm run test:chaos -- --kills 200`: the same kills, fewer of them.
 * @module
 */
import { expect, test } from 'vitest';
import { STAGE_NAMES } from '../../src/spec/stages.js';
import { survive } from './survive.js';

test('a kill of any process at any instant leaves one job a stage and the end that an undisturbed run has', async () => {
  const { struck } = await survive({ kills: STAGE_NAMES.length });

  expect([...struck]).toEqual(
    expect.arrayContaining(['train', 'tune', 'deploy', 'verify', 'index', 'switch', 'embed']),
  );
});
