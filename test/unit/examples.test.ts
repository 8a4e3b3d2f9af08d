import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { check } from '../../src/client/index.js';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));

test('the smallest example is a spec without a fault, whose pairs are there', async () => {
  expect(await check(join(examples, 'pairs', 'spec.yaml'))).toMatchObject({
    ok: true,
    local: [{ field: 'data.pairs', folder: false }],
  });
});
