/** Folders of runs that Temporal has forgotten, of which nothing is left but the record. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { ownerMetadata } from '../../../src/aws/tags.js';
import { filesOf } from '../../../src/run/files.js';
import { World } from '../../support/sweepWorld.js';

const everything = { delete: true, includeUnknown: true, scratch: true };

async function withOnly(record: string) {
  const world = new World();
  const run = (await world.start('dev', 'finetune/long-ago', 'search'))!;
  await world.end(run, 'failed', 'tidy');
  world.forget(run, true);
  const { s3 } = world.fake;
  const { folder } = run.run;
  for (const uri of [...s3.objects.keys()].filter((key) => key.startsWith(folder))) s3.objects.delete(uri);
  const [Bucket, ...key] = filesOf(run.run).record.slice('s3://'.length).split('/');
  await s3.send(
    new PutObjectCommand({ Bucket, Key: key.join('/'), Body: record, Metadata: ownerMetadata(run.run) }) as never,
  );
  return { world, folder, has: () => s3.has(folder) };
}

test.each(['{"status": "done"}', '{"status": "rejected"}', '{"sta'])(
  'a record that tells or may tell of a decision is no scratch: %s',
  async (record) => {
    const { world, has } = await withOnly(record);

    const { scratch } = await world.sweep('dev', everything);

    expect(scratch).toEqual([]);
    expect(has()).toBe(true);
  },
);

test('the record of a run that came to nothing goes only where forgotten runs are asked for', async () => {
  const { world, folder, has } = await withOnly('{"status": "failed"}');

  const kept = await world.sweep('dev', { ...everything, includeUnknown: false });
  expect(kept.scratch).toMatchObject([{ folder, ownerKnown: false }]);
  expect(has()).toBe(true);

  await world.sweep('dev', everything);
  expect(has()).toBe(false);
});
