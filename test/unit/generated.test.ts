import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generated } from '../../src/dev/generated.js';

const root = new URL('../../', import.meta.url);

test.each(Object.entries(generated()))('%s is what the code says', (path, text) => {
  expect(readFileSync(new URL(path, root), 'utf8'), 'run `npm run build`').toBe(text);
});
