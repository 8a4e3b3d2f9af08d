import { expect, test } from 'vitest';
import type { Io } from '../../../src/cli/io.js';
import { worker } from '../../../src/cli/worker.js';

test.each([{ deploymentName: 'attune' }, { buildId: '1a2b3c4' }])('half a version (%o) is refused', async (flags) => {
  const said: string[] = [];
  const io = { say: (text: string) => said.push(text) } as unknown as Io;

  expect(await worker(io, flags)).toBe(2);
  expect(said.join()).toMatch(/--deployment-name and --build-id go together/);
});
