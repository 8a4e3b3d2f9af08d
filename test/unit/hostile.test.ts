import { expect, test } from 'vitest';
import { terminal } from '../hostile/terminal.js';
import { upload } from '../hostile/upload.js';

test.each([terminal, upload])('$name: no hostile input does what it should not', async ({ run }) => {
  const { tried, bad } = await run(100, 1);

  expect(bad).toEqual([]);
  expect(tried).toBe(100);
});
