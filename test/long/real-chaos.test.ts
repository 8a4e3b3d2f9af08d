/** The short form of `npm run test:chaos -- --real`. */
import { test } from 'vitest';
import { survive } from '../chaos/survive.js';

test('a kill of any process at any instant leaves the weights that an undisturbed run trains', () =>
  survive({ kills: 3, real: true }));
