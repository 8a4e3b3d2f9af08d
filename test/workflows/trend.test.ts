import { expect, test } from 'vitest';
import { toldByTemporal } from '../../src/client/runs/told.js';
import { trend } from '../../src/client/runs/trend.js';
import { filesOf, folderIn } from '../../src/run/files.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { recordsOf, untilListed, withLoop } from '../support/loop.js';

test("a name's evaluated runs come oldest first, each with what it was measured on", async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { startRun, client, sageMaker } = loop;
    const s3 = () => sageMaker.s3 as never;
    const told = toldByTemporal(client, () => '', recordsOf(loop));
    const name = 'trend-of-two';
    const first = await (await startRun({ name })).result();
    // As evaluate of the real job says it.
    const { report } = filesOf({ folder: folderIn(first)! });
    const settings = { test: { hash: 'f'.repeat(64), sample: [] } };
    sageMaker.s3.put(report, JSON.stringify({ ...(sageMaker.s3.json(report) as object), settings }));
    const second = await (await startRun({ name, gate: { minGain: 0.5 } })).result();
    await untilListed(client, name, 2);

    const points = await trend(told, { s3 }, name);

    expect(points).toMatchObject([
      {
        workflowId: first.workflowId,
        status: 'done',
        testHash: 'f'.repeat(64),
        endpoint: name,
        against: { system: 'base' },
      },
      { workflowId: second.workflowId, status: 'rejected' },
    ]);
    expect(points[0]!.candidate).toEqual(first.metrics.candidate!['ndcg@10']);
    expect(points[1]!.against.gain).toMatchObject({ metric: 'ndcg@10' });
    await expect(trend(told, { s3 }, 'no-such-name')).rejects.toMatchObject({ type: 'RunNotFound' });
  });
});
