/** The way back to the model before: by a deployment like any other, or not at all. */
import type { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { rollback } from '../../src/client/service/rollback.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { withLoop } from '../support/loop.js';

const back = (client: Client, taskQueue: string, name: string) =>
  rollback(client, name, { by: 'R. Imai', reason: 'misses part numbers' }, taskQueue);

test('the model before serves again once it is verified, on record; until then, and else, the one of now does', async () => {
  const sageMaker = new FakeSageMaker().withDistinctModels();
  await withLoop(sageMaker, async ({ client, taskQueue, startRun }) => {
    const name = `back-${process.pid}`;
    const one = await (await startRun({ name })).result();
    const two = await (await startRun({ name })).result();
    const now = { name, status: 'InService', configName: two.endpoint!.configName };

    // Its vectors are others than those that were evaluated.
    sageMaker.withDrift(0.2);
    await expect(back(client, taskQueue, name)).rejects.toMatchObject({ type: 'VerificationFailed' });
    expect([sageMaker.endpoints(), sageMaker.configNames()]).toEqual([[now], [now.configName]]);
    sageMaker.withDrift(0);

    const archive = one.artifacts['package']!;
    const kept = sageMaker.s3.objects.get(archive)!;
    sageMaker.s3.objects.delete(archive);
    await expect(back(client, taskQueue, name)).rejects.toMatchObject({
      type: 'NotAvailable',
      message: expect.stringContaining('is gone'),
    });
    expect(sageMaker.endpoints()).toEqual([now]);
    sageMaker.s3.put(archive, kept);

    // As if the model of now served with an index.
    const spec = two.artifacts['spec']!;
    const written = sageMaker.s3.objects.get(spec)!;
    const index = { store: 'pgvector', url: { parameter: '/attune/database' }, table: 'passages' };
    sageMaker.s3.put(spec, JSON.stringify({ ...(sageMaker.s3.json(spec) as object), index }));
    await expect(back(client, taskQueue, name)).rejects.toMatchObject({
      type: 'NotAvailable',
      message: expect.stringContaining('are one pair'),
    });
    sageMaker.s3.put(spec, written);

    const done = await back(client, taskQueue, name);

    expect(done).toMatchObject({
      endpoint: name,
      from: { configName: now.configName, madeBy: two.workflowId },
      to: { modelDataUrl: archive, madeBy: one.workflowId },
    });
    expect(done.minCosine).toBeCloseTo(1);
    expect(sageMaker.endpoints()).toEqual([{ ...now, configName: done.to.configName }]);
    expect(sageMaker.configNames()).toEqual([done.to.configName]);
    expect(sageMaker.s3.json(done.record)).toMatchObject({ by: 'R. Imai', reason: 'misses part numbers' });
    await expect(back(client, taskQueue, name)).rejects.toMatchObject({
      type: 'NotAvailable',
      message: expect.stringContaining('is the first'),
    });
  });
}, 180_000);

test('where nothing serves, or attune made nothing of it, there is no way back', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ client, taskQueue }) => {
    await sageMaker.serving('theirs', { foreign: true });
    await sageMaker.serving('old-times');
    const before = sageMaker.endpoints();

    for (const [name, type] of [
      ['no-such-endpoint', 'NotFound'],
      ['theirs', 'NameTaken'],
      ['old-times', 'NotAvailable'],
    ] as const)
      await expect(back(client, taskQueue, name)).rejects.toMatchObject({ type });

    expect(sageMaker.endpoints()).toEqual(before);
  });
}, 120_000);
