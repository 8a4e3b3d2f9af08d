import { expect, test } from 'vitest';
import { approve, progress, reject } from '../../src/run/messages.js';
import { awsError } from '../support/awsError.js';
import { deploymentOf } from '../support/endpointWorkflows.js';
import { READ_TO_VERIFY } from '../support/fakeS3.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop } from '../support/loop.js';
import { reset } from '../support/resetting.js';

test('a better model takes the place of the one in service, whose config and model entry go', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const old = await sageMaker.serving('replaced');
    const run = await startRun({ deploy: { endpoint: 'replaced' } });

    const result = await run.result();

    expect(result.metrics.incumbent).toBeDefined();
    expect(sageMaker.endpoints()).toEqual([
      { name: 'replaced', status: 'InService', configName: result.endpoint!.configName },
    ]);
    expect(sageMaker.configNames()).not.toContain(old);
    expect(sageMaker.modelNames()).toHaveLength(1);
  });
});

test('a model that does not certainly beat the one in service does not replace it', async () => {
  const sageMaker = new FakeSageMaker().withEvaluation({ overIncumbent: [-0.01, 0.01, 0.03] });
  await withLoop(sageMaker, async ({ startRun }) => {
    const old = await sageMaker.serving('kept');
    const run = await startRun({ deploy: { endpoint: 'kept' } });

    const result = await run.result();

    expect(result.status).toBe('rejected');
    expect(result.reasons.join()).toContain('against the incumbent');
    expect(sageMaker.endpoints()).toEqual([{ name: 'kept', status: 'InService', configName: old }]);
  });
});

test('an update that SageMaker rolled back is a failure, and what it had made is removed', async () => {
  const sageMaker = new FakeSageMaker().withContainersThatDoNotStart();
  await withLoop(sageMaker, async ({ startRun }) => {
    const old = await sageMaker.serving('rolled-back');
    const run = await startRun({ deploy: { endpoint: 'rolled-back' } });

    await expect(run.result()).rejects.toMatchObject({
      cause: {
        type: 'RolledBack',
        message: expect.stringMatching(
          /ping health check.*its log, which is in s3:.*\/logs\/endpoint\/rolled-back\.txt\. Next:/,
        ),
      },
    });
    expect(sageMaker.endpoints()).toEqual([{ name: 'rolled-back', status: 'InService', configName: old }]);
    expect(sageMaker.configNames()).toEqual([old]);
    expect(sageMaker.modelNames()).toHaveLength(1);
  });
});

test('an endpoint that does not come up is removed, with all that was made for it', async () => {
  const sageMaker = new FakeSageMaker().withContainersThatDoNotStart();
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun();

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'EndpointFailed' } });
    expect(sageMaker.endpoints()).toEqual([]);
    expect(sageMaker.configNames()).toEqual([]);
    expect(sageMaker.modelNames()).toEqual([]);
  });
});

test('a live model whose vectors differ from the evaluated ones goes out of service again', async () => {
  const sageMaker = new FakeSageMaker().withDrift(0.2);
  await withLoop(sageMaker, async ({ startRun }) => {
    const old = await sageMaker.serving('drifted');
    const run = await startRun({ deploy: { endpoint: 'drifted' } });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'VerificationFailed', message: expect.stringMatching(/worst cosine.*its log, which is in s3:/) },
    });
    expect(sageMaker.endpoints()).toEqual([{ name: 'drifted', status: 'InService', configName: old }]);
    expect(await run.query(progress)).toMatchObject({
      status: 'failed',
      endpoint: { configName: old, status: 'InService' },
    });
  });
});

test("somebody else's endpoint is refused before a job is paid for", async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await sageMaker.serving('foreign', { foreign: true });
    const run = await startRun({ deploy: { endpoint: 'foreign' } });

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'NameTaken' } });
    expect(sageMaker.jobs()).toEqual([]);
  });
});

test('two runs for one endpoint deploy one after the other, the second against what the first put there', async () => {
  const sageMaker = new FakeSageMaker().withDistinctModels();
  await withLoop(sageMaker, async ({ startRun }) => {
    const [one, two] = await Promise.all([startRun({ name: 'contested' }), startRun({ name: 'contested' })]);

    const results = await Promise.all([one.result(), two.result()]);

    expect(results.map(({ status }) => status)).toEqual(['done', 'done']);
    const compared = results.filter(({ metrics }) => metrics.incumbent);
    expect(compared.length).toBeGreaterThanOrEqual(1);
    const serving = sageMaker.endpoints()[0]!.configName;
    expect(results.map(({ endpoint }) => endpoint!.configName)).toContain(serving);
    expect(sageMaker.configNames()).toEqual([serving]);
    expect(sageMaker.modelNames()).toHaveLength(1);
  });
});

test('a model waits for a person where the spec asks for one, and goes live when approved by name', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const run = await startRun({ deploy: { approval: 'required' } });
    await untilProgress(run, ({ status }) => status === 'waitingForApproval');
    expect(sageMaker.endpoints()).toEqual([]);

    await expect(run.executeUpdate(approve, { args: [{ by: ' ' }] })).rejects.toMatchObject({
      cause: { type: 'InvalidRequest' },
    });
    await run.executeUpdate(approve, { args: [{ by: 'R. Imai', reason: 'checked 20 queries' }] });

    const result = await run.result();
    expect(result.status).toBe('done');
    expect(result.reasons).toContain('approved by R. Imai: checked 20 queries');
  });
});

test('a model that a person rejects is not deployed', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const run = await startRun({ deploy: { approval: 'required' } });
    await untilProgress(run, ({ status }) => status === 'waitingForApproval');

    await run.executeUpdate(reject, { args: [{ by: 'R. Imai' }] });

    expect(await run.result()).toMatchObject({ status: 'rejected', decision: 'rejected' });
    expect(sageMaker.endpoints()).toEqual([]);
  });
});

test('nobody can approve what does not wait for approval', async () => {
  await withLoop(new FakeSageMaker().withJobsThatNeverEnd('train'), async ({ startRun, sageMaker }) => {
    const run = await startRun();
    await until(() => sageMaker.jobOf('train') !== undefined);

    await expect(run.executeUpdate(approve, { args: [{ by: 'R. Imai' }] })).rejects.toMatchObject({
      cause: { type: 'InvalidRequest', message: expect.stringContaining('does not wait for approval') },
    });
    await run.cancel();
    await expect(run.result()).rejects.toThrow();
  });
});

test.each(['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint', 'UpdateEndpoint'])(
  'an answer to %s that is lost changes nothing: the retry finds what the first call made',
  async (operation) => {
    const lost = awsError('InternalFailure', 'the answer was lost', 500);
    const sageMaker = new FakeSageMaker().withFault(operation, lost, { afterEffect: true });
    await withLoop(sageMaker, async ({ startRun }) => {
      const endpoint = `lost-${operation.toLowerCase()}`;
      if (operation === 'UpdateEndpoint') await sageMaker.serving(endpoint);
      const run = await startRun({ deploy: { endpoint } });

      expect(await run.result()).toMatchObject({ status: 'done' });
      expect(sageMaker.endpoints()).toHaveLength(1);
      expect(sageMaker.configNames()).toHaveLength(1);
      expect(sageMaker.modelNames()).toHaveLength(1);
    });
  },
);

test('a model that serves unverified, as its deployment was killed, makes way for what it replaced where it does not pass', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const old = await sageMaker.serving('killed');
    const { reached, release } = sageMaker.s3.hold(/probes\.json$/, READ_TO_VERIFY);
    const first = await startRun({ deploy: { endpoint: 'killed' } });
    await reached;
    await client.workflow.getHandle(deploymentOf('killed')).terminate();
    await first.result().catch(() => undefined);
    release();
    expect(sageMaker.endpoints()).not.toMatchObject([{ configName: old }]);

    sageMaker.withDrift(0.2);
    const again = await reset(client, first, 'FirstWorkflowTask');

    await expect(again.result()).rejects.toMatchObject({
      cause: { type: 'VerificationFailed', message: expect.stringContaining(`${old} serves again`) },
    });
    expect(sageMaker.endpoints()).toEqual([{ name: 'killed', status: 'InService', configName: old }]);
    expect(sageMaker.configNames()).toEqual([old]);
  });
});

test('one that was verified once stays where it does not pass again, as what it replaced is gone, and says so', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun, client }) => {
    await sageMaker.serving('once');
    const first = await startRun({ deploy: { endpoint: 'once' } });
    const { endpoint } = await first.result();

    sageMaker.withDrift(0.2);
    const again = await reset(client, first, 'FirstWorkflowTask');

    await expect(again.result()).rejects.toMatchObject({
      cause: {
        type: 'VerificationFailed',
        message: expect.stringMatching(/It stays in service: .* not there any more/),
      },
    });
    expect(sageMaker.endpoints()).toMatchObject([{ status: 'InService', configName: endpoint!.configName }]);
  });
});
