import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { regionOf } from '../../../src/aws/region.js';
import { settingsFrom } from '../../../src/aws/settings.js';
import { check } from '../../../src/client/inputs/check.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-region-'));
  writeFileSync(join(folder, 'config'), '[default]\noutput = json\n\n[profile work]\nregion = eu-north-1\n');
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("where no variable names a region, the profile's is used, by workers and clients alike", async () => {
  vi.stubEnv('AWS_PROFILE', 'work');

  const own = { ATTUNE_BUCKET: 'bucket', ATTUNE_ROLE_ARN: 'arn:aws:iam::111122223333:role/jobs' };
  expect(await settingsFrom(own)).toMatchObject({ region: 'eu-north-1' });
  const spec = { apiVersion: 'attune/v1', name: 'a', data: { pairs: 's3://bucket/pairs.jsonl' } };
  expect(await check(spec, {}, {})).toMatchObject({ region: 'eu-north-1' });
});

test('a variable goes before the profile', async () => {
  vi.stubEnv('AWS_PROFILE', 'work');

  expect(await regionOf({ AWS_DEFAULT_REGION: 'us-west-2' })).toBe('us-west-2');
});

test('a profile without a region names none', async () => {
  expect(await regionOf({})).toBeUndefined();
});
