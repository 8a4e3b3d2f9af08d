import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shareReport } from '../../../src/client/report/share.js';
import { freshProgress, type Progress } from '../../../src/run/progress.js';
import { startS3, type S3Server } from './s3Server.js';

let server: S3Server;
let run: Progress;
const DAY = 24 * 3600;

beforeAll(async () => {
  server = await startS3();
  const { s3, bucket: Bucket } = server;
  const folder = `s3://${Bucket}/attune/t/1/evaluation/`;
  await s3.send(
    new PutObjectCommand({ Bucket, Key: 'attune/t/1/evaluation/report.html', Body: '<!doctype html>fine' }),
  );
  run = {
    ...freshProgress('finetune/t/1', 't'),
    artifacts: { report: `${folder}report.json`, reportHtml: `${folder}report.html` },
  };
});
afterAll(() => server.stop());

/** As credentials of a session are, for an hour. */
const sessionOf = (s3: S3Client, expiration: Date): S3Client => {
  const { endpoint, region, forcePathStyle, credentials } = s3.config;
  return new S3Client({
    ...{ endpoint, region, forcePathStyle },
    credentials: async () => ({ ...(await credentials()), expiration }),
  });
};

test('whoever has the link reads the report as a page, without credentials', async () => {
  const { url, expiresAt, shortened } = await shareReport({ s3: () => server.s3 }, run, DAY);

  const answer = await fetch(url);
  expect([answer.status, await answer.text()]).toEqual([200, '<!doctype html>fine']);
  expect(answer.headers.get('content-type')).toContain('text/html');
  expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan((DAY - 60) * 1000);
  expect(shortened).toBeUndefined();
});

test('a link that the credentials end sooner says when they do', async () => {
  const ends = new Date(Date.now() + 3_600_000);

  const shared = await shareReport({ s3: () => sessionOf(server.s3, ends) }, run, DAY);

  expect(shared).toMatchObject({ expiresAt: ends.toISOString(), shortened: true });
});

test.each([0, 59, 7 * DAY + 1, NaN])('%d s is no time that a link may lead there', async (seconds) => {
  await expect(shareReport({ s3: () => server.s3 }, run, seconds)).rejects.toMatchObject({ type: 'InvalidRequest' });
});

test('what is not there is not shared', async () => {
  const { artifacts } = run;
  const gone = { ...artifacts, reportHtml: artifacts['reportHtml']!.replace('/1/', '/2/') };
  for (const changed of [
    { ...run, artifacts: gone },
    { ...run, artifacts: {} },
  ])
    await expect(shareReport({ s3: () => server.s3 }, changed)).rejects.toMatchObject({ type: 'NotAvailable' });
});
