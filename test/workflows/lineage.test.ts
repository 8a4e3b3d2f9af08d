import { expect, test } from 'vitest';
import { compare } from '../../src/client/runs/compare.js';
import { toldByTemporal } from '../../src/client/runs/told.js';
import { inService } from '../../src/client/runs/serving.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { recordsOf, untilListed, withLoop } from '../support/loop.js';

test('a run tells what its model comes from and where it went, and the next run on the endpoint goes on from there', async () => {
  await withLoop(new FakeSageMaker().withDistinctModels(), async ({ startRun, sageMaker, client }) => {
    const name = `lineage-${process.pid}`;
    const first = await startRun({ name });
    const one = await first.result();
    const second = await startRun({ name, train: { startFrom: 'incumbent' } });
    const two = await second.result();

    const served = {
      configName: one.endpoint!.configName,
      modelDataUrl: one.artifacts.package,
      madeBy: first.workflowId,
    };
    expect(one.lineage).toMatchObject({
      dataHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      base: 'sentence-transformers/all-MiniLM-L6-v2',
      trainingJob: one.jobs.find(({ stage }) => stage === 'train')!.name,
      modelArtifact: one.artifacts.model,
      metrics: { metric: 'ndcg@10', means: { base: 0.7, candidate: 0.7 }, against: 'base', gain: { difference: 0.05 } },
      endpoint: { name, configName: one.endpoint!.configName },
    });
    expect(one.lineage).not.toHaveProperty('incumbent');
    expect(two.lineage).toMatchObject({
      dataHash: one.lineage!.dataHash,
      startedFrom: served,
      incumbent: served,
      metrics: { against: 'incumbent', gain: { difference: 0.03 } },
      replaced: one.endpoint!.configName,
    });
    const { endpoint: _, replaced: __, ...known } = two.lineage!;
    expect(sageMaker.s3.json(two.artifacts.manifest!)).toMatchObject({ lineage: known });

    const runs = await untilListed(client, name, 2);
    expect(runs.map(({ workflowId, gain, dataHash }) => [workflowId, gain, dataHash])).toEqual([
      [second.workflowId, 0.03, one.lineage!.dataHash],
      [first.workflowId, 0.05, one.lineage!.dataHash],
    ]);
    const serving = await inService(runs, (sageMaker.clients as { sageMaker: never }).sageMaker);
    expect(serving.map(({ workflowId, serves }) => [workflowId, serves])).toEqual([[second.workflowId, true]]);

    const { lineage } = await compare(
      toldByTemporal(client, () => '', recordsOf({ sageMaker })),
      first.workflowId,
      second.workflowId,
    );
    const fields = lineage.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['trainingJob', 'startedFrom', 'incumbent', 'replaced']));
    expect(fields).not.toContain('dataHash');
  });
});

test('the lineage of a rejected candidate ends at its numbers', async () => {
  const sageMaker = new FakeSageMaker().withEvaluation({ overBase: [-0.01, 0.02, 0.05] });
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const run = await startRun();

    const { lineage, name } = await run.result();

    expect(lineage).toMatchObject({ metrics: { gain: { difference: 0.02 } } });
    expect(lineage).not.toHaveProperty('endpoint');
    const runs = await untilListed(client, name, 1);
    expect(runs).toMatchObject([{ gain: 0.02 }]);
    expect(runs[0]!.endpoint).toBeUndefined();
  });
});
