import { expect, test } from 'vitest';
import { bridgeArea } from '../hostile/bridge.js';
import { emulatorArea } from '../hostile/emulator.js';
import { specArea } from '../hostile/spec.js';

test.each([specArea, bridgeArea, emulatorArea])(
  '$name answers a first few hundred hostile inputs as it should',
  async ({ run }) => {
    const { tried, bad } = await run(200, 1);

    expect(bad).toEqual([]);
    expect(tried).toBe(200);
  },
  180_000,
);
