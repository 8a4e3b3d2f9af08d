import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { doctor } from '../../../src/client/doctor.js';

let address: string;
let bucketRegion: string | undefined;
const server = createServer((_, answer) => {
  if (bucketRegion) answer.setHeader('x-amz-bucket-region', bucketRegion);
  answer.setHeader('content-type', 'application/x-amz-json-1.1').end('{}');
});
let folder: string;
beforeEach(async () => {
  bucketRegion = undefined;
  folder = mkdtempSync(join(tmpdir(), 'attune-doctor-'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

test.each([
  ['AWS_ENDPOINT_URL', () => vi.stubEnv('AWS_ENDPOINT_URL', address)],
  [
    'a variable of each service',
    () => {
      vi.stubEnv('AWS_ENDPOINT_URL_SAGEMAKER', address);
      vi.stubEnv('AWS_ENDPOINT_URL_S3', address);
    },
  ],
  [
    'the profile',
    () => {
      writeFileSync(
        join(folder, 'config'),
        `[profile local]\nendpoint_url = ${address}\naws_access_key_id = a\naws_secret_access_key = b\n`,
      );
      vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
      vi.stubEnv('AWS_PROFILE', 'local');
    },
  ],
])('doctor names the server that answers, where %s leads to another than AWS', async (_, set) => {
  set();

  const findings = await doctor({ ...process.env, ATTUNE_BUCKET: 'bucket' });

  const found = (check: string) => findings.find((finding) => finding.check === check);
  expect(found('SageMaker')).toMatchObject({ ok: true, found: `${address}, eu-west-1` });
  expect(found('bucket')).toMatchObject({ ok: true, found: expect.stringContaining(address) as string });
});

test("a bucket of another region is told with both regions: SageMaker takes its own region's alone", async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', address);
  bucketRegion = 'us-west-2';

  const findings = await doctor({ ...process.env, ATTUNE_BUCKET: 'bucket' });

  expect(findings.find(({ check }) => check === 'bucket')).toMatchObject({
    ok: false,
    found: 'bucket is in us-west-2, and SageMaker is asked in eu-west-1',
    mend: expect.stringContaining('AWS_REGION=us-west-2') as string,
  });
});
