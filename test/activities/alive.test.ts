import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { alive } from '../../src/activities/alive.js';
import { checkArchive } from '../../src/activities/archive.js';
import { createIoActivities, type Deps } from '../../src/activities/index.js';
import { FakeS3 } from '../support/fakeS3.js';
import { modelArchive } from '../support/modelArchive.js';

const quiet = { logger: new DefaultLogger('ERROR') };

test('a cancelled activity ends as cancelled, also in the middle of a download that says no more', async () => {
  const environment = new MockActivityEnvironment({}, quiet);
  const stalled = new Readable({ read: () => undefined });

  const ended = environment.run(() => alive((task) => checkArchive(stalled, task)));
  environment.cancel();

  await expect(ended).rejects.toBeInstanceOf(CancelledFailure);
  expect(stalled.destroyed).toBe(true);
});

test('a failure of an activity that nobody cancelled stays what it was', async () => {
  const environment = new MockActivityEnvironment({}, quiet);

  await expect(environment.run(() => alive(() => Promise.reject(new Error('as it was'))))).rejects.toThrow('as it was');
});

test('a second attempt at packaging goes on behind the check that the first one finished', async () => {
  const s3 = new FakeS3();
  const modelDataUrl = 's3://bucket/run/training/job/output/model.tar.gz';
  s3.put(modelDataUrl, await modelArchive());
  const archive = { files: [], sha256: 'checked before', bytes: 7, problems: [] };
  const environment = new MockActivityEnvironment({ attempt: 2, heartbeatDetails: { archive } }, quiet);
  const run = { folder: 's3://bucket/run/', code: {}, images: {}, spec: { encryption: {} } };
  const { packageModel } = createIoActivities({ s3 } as unknown as Deps);

  const packaged = await environment.run(packageModel, { run, modelDataUrl } as never);

  expect(packaged).toMatchObject({
    sha256: 'checked before',
    modelDataUrl: 's3://bucket/run/package/checked before/model.tar.gz',
  });
});

test('a long activity is heard from while it works, with its progress', { timeout: 20_000 }, async () => {
  const environment = new MockActivityEnvironment({}, quiet);
  const heard = new Promise((resolve) => environment.on('heartbeat', resolve));

  await environment.run(() =>
    alive(async (task) => {
      task.progress = { bytes: 3 };
      await heard;
    }),
  );

  expect(await heard).toEqual({ bytes: 3 });
});
