import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from '../../../src/dev/ports.js';

test('any port is one that no outgoing connection is given before its server listens, and never given twice', async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, () => freePort()));

  expect(new Set(ports).size).toBe(200);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test('a wanted port that is taken makes way for another', async () => {
  const taken = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));

  expect(await freePort(port)).not.toBe(port);
  taken.close();
  const other = await freePort();
  expect(await freePort(other)).toBe(other);
});
