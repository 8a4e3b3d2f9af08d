/** Taking endpoints away: what attune made and nobody changes, and nothing else. */
import { expect, test } from 'vitest';
import { undeploy, undeployable } from '../../src/client/service/undeploy.js';
import { knownBy } from '../../src/client/sweep/temporal.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, withLoop, type Loop } from '../support/loop.js';

const accountOf = ({ client, sageMaker }: Loop) => ({
  temporal: knownBy(client),
  ...sageMaker.sweepable,
});

test('an endpoint goes with its config and its model entry, and the archive stays', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { startRun, sageMaker } = loop;
    const { name, workflowId, endpoint, artifacts } = await (await startRun()).result();
    const account = accountOf(loop);

    const would = await undeployable(account, name);
    expect(would).toMatchObject({ madeBy: workflowId, keeps: [], done: false });
    expect(sageMaker.endpoints()).toHaveLength(1);
    const done = await undeploy(account, name, 5);

    expect(done.removes).toEqual([
      { kind: 'endpoint', name },
      { kind: 'endpointConfig', name: endpoint!.configName },
      { kind: 'model', name: expect.stringMatching(/^attune-/) },
    ]);
    expect([sageMaker.endpoints(), sageMaker.modelNames()]).toEqual([[], []]);
    expect(sageMaker.s3.objects.has(artifacts['package']!)).toBe(true);
    await expect(undeployable(account, name)).rejects.toMatchObject({ type: 'NotFound' });
  });
});

test("what attune did not make, what another namespace's run made and what a run changes stay", async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async (loop) => {
    await sageMaker.serving('theirs', { foreign: true });
    const account = accountOf(loop);
    await expect(undeploy(account, 'theirs', 5)).rejects.toMatchObject({ type: 'NameTaken' });

    const { name } = await (await loop.startRun()).result();
    const elsewhere = { ...account, temporal: { ...account.temporal, namespace: 'another' } };
    await expect(undeploy(elsewhere, name, 5)).rejects.toMatchObject({ type: 'NameTaken' });
    const silent = { ...account, temporal: { ...account.temporal, latestOf: () => Promise.reject(new Error('away')) } };
    await expect(undeploy(silent, name, 5)).rejects.toMatchObject({ type: 'NoServer' });
    expect(sageMaker.endpoints().map((one) => one.name)).toEqual(['theirs', name]);
  });
});

test('while a run deploys to it, an endpoint is not taken away', async () => {
  const sageMaker = new FakeSageMaker().withEndpointsThatNeverSettle();
  await withLoop(sageMaker, async (loop) => {
    const run = await loop.startRun();
    await until(() => sageMaker.endpoints().length > 0);
    const { name } = sageMaker.endpoints()[0]!;

    await expect(undeploy(accountOf(loop), name, 5)).rejects.toMatchObject({ type: 'InvalidRequest' });

    sageMaker.letEndpointsSettle();
    expect((await run.result()).endpoint?.status).toBe('InService');
  });
});
