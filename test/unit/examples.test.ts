import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { CHANGES, changed } from '../../examples/first-account/specs.js';
import { check } from '../../src/client/index.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));

test('the smallest example is a spec without a fault, whose pairs are there', async () => {
  expect(await check(join(examples, 'pairs', 'spec.yaml'))).toMatchObject({
    ok: true,
    local: [{ field: 'data.pairs', folder: false }],
  });
});

test.each(Object.entries(CHANGES))(
  "the spec of the first account's step %s is one without a fault",
  async (step, changes) => {
    const folder = join(examples, 'aws-api');
    const given = parse(readFileSync(join(folder, 'spec.yaml'), 'utf8')) as FineTuneSpecInput;
    const data = { pairs: 's3://bucket/pairs.jsonl' }; // the example's own are built
    const scratch = mkdtempSync(join(tmpdir(), 'attune-first-account-'));
    try {
      const file = join(scratch, `${step}.json`);
      writeFileSync(file, JSON.stringify({ ...changed(given, folder, changes), data }));
      expect(await check(file)).toMatchObject({ ok: true });
    } finally {
      rmSync(scratch, { recursive: true });
    }
  },
);
