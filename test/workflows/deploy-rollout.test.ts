/** How an endpoint that serves moves to another model: in steps, watched, and with a second try where the platform failed. */
import { expect, test } from 'vitest';
import { progress } from '../../src/run/messages.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { withLoop } from '../support/loop.js';

const INTERNAL = 'InternalServerError: We encountered an internal error.  Please try again.';

test('a canary goes to SageMaker as the spec has it, with its alarms and a limit longer than all waits', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await sageMaker.serving('canary');
    const rollout = {
      type: 'canary' as const,
      percent: 25,
      waitSeconds: 120,
      terminationWaitSeconds: 60,
      alarms: ['slow'],
    };
    const run = await startRun({ deploy: { endpoint: 'canary', instanceCount: 4, rollout } });

    expect(await run.result()).toMatchObject({ status: 'done' });
    expect(sageMaker.updates).toMatchObject([
      {
        DeploymentConfig: {
          BlueGreenUpdatePolicy: {
            TrafficRoutingConfiguration: {
              Type: 'CANARY',
              WaitIntervalInSeconds: 120,
              CanarySize: { Type: 'CAPACITY_PERCENT', Value: 25 },
            },
            TerminationWaitInSeconds: 60,
            MaximumExecutionTimeoutInSeconds: 3600,
          },
          AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'slow' }] },
        },
      },
    ]);
  });
});

test('a linear step of less than an instance is one instance', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await sageMaker.serving('linear');
    const rollout = { type: 'linear', percent: 10, waitSeconds: 0 } as const;
    const run = await startRun({ deploy: { endpoint: 'linear', instanceCount: 2, rollout } });

    await run.result();
    expect(sageMaker.updates[0]!.DeploymentConfig!.BlueGreenUpdatePolicy!.TrafficRoutingConfiguration).toEqual({
      Type: 'LINEAR',
      WaitIntervalInSeconds: 0,
      LinearStepSize: { Type: 'INSTANCE_COUNT', Value: 1 },
    });
  });
});

test('without a rollout SageMaker does what it does by itself', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await sageMaker.serving('plain');
    const run = await startRun({ deploy: { endpoint: 'plain' } });

    const { endpoint } = await run.result();
    expect(sageMaker.updates).toEqual([{ EndpointName: 'plain', EndpointConfigName: endpoint!.configName }]);
  });
});

test('an alarm that goes off brings the old model back, and the run says which', async () => {
  const sageMaker = new FakeSageMaker().withEndpointFailures('Alarm slow went off during the deployment.');
  await withLoop(sageMaker, async ({ startRun }) => {
    const old = await sageMaker.serving('alarmed');
    const run = await startRun({ deploy: { endpoint: 'alarmed', rollout: { alarms: ['slow'] } } });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'RolledBack', message: expect.stringContaining('Alarm slow') as string },
    });
    expect(sageMaker.endpoints()).toEqual([{ name: 'alarmed', status: 'InService', configName: old }]);
    expect(sageMaker.configNames()).toEqual([old]);
  });
});

test('a model that fails its verification after a canary goes back all at once', async () => {
  const sageMaker = new FakeSageMaker().withDrift(0.2);
  await withLoop(sageMaker, async ({ startRun }) => {
    const old = await sageMaker.serving('back');
    const rollout = { type: 'canary', waitSeconds: 0 } as const;
    const run = await startRun({ deploy: { endpoint: 'back', instanceCount: 2, rollout } });

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'VerificationFailed' } });
    expect(sageMaker.updates.map((update) => update.DeploymentConfig !== undefined)).toEqual([true, false]);
    expect(sageMaker.endpoints()).toEqual([{ name: 'back', status: 'InService', configName: old }]);
  });
});

test('an endpoint that the platform failed is created again under the same names, and the run says so', async () => {
  const sageMaker = new FakeSageMaker().withEndpointFailures(INTERNAL);
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: { endpoint: 'again' } });

    const result = await run.result();
    expect(result.status).toBe('done');
    expect(result.notices.join()).toContain('InternalServerError');
    expect(sageMaker.pointed).toEqual(['again', 'again']);
    expect(sageMaker.configNames()).toEqual([result.endpoint!.configName]);
  });
});

test('an update that the platform failed is tried once more', async () => {
  const sageMaker = new FakeSageMaker().withEndpointFailures(INTERNAL);
  await withLoop(sageMaker, async ({ startRun }) => {
    await sageMaker.serving('updated-again');
    const run = await startRun({ deploy: { endpoint: 'updated-again' } });

    expect(await run.result()).toMatchObject({ status: 'done' });
    expect(sageMaker.updates).toHaveLength(2);
  });
});

test('a platform that fails twice fails the run, and nothing is left', async () => {
  const sageMaker = new FakeSageMaker().withEndpointFailures(INTERNAL, INTERNAL);
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ deploy: { endpoint: 'twice' } });

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'EndpointFailed' } });
    expect([sageMaker.endpoints(), sageMaker.configNames(), sageMaker.modelNames()]).toEqual([[], [], []]);
  });
});

test.each([
  ['instances, a serverless one is asked for', { serverless: false }, { serverless: {} }],
  ['no instances, one with instances is asked for', { serverless: true }, {}],
])('an endpoint that has %s is refused before a job is paid for', async (_, kind, deploy) => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const endpoint = `kind-${String(kind.serverless)}`;
    await sageMaker.serving(endpoint, kind);
    const run = await startRun({ deploy: { endpoint, ...deploy } });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'SpecRefused', message: expect.stringContaining('deploy.serverless') as string },
    });
    expect(sageMaker.jobs()).toEqual([]);
  });
});

test('a serverless endpoint has a memory size and no instances', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const run = await startRun({
      deploy: { endpoint: 'serverless', serverless: { memoryMb: 2048, maxConcurrency: 3 } },
    });

    const { endpoint } = await run.result();
    expect(sageMaker.configOf(endpoint!.configName).ProductionVariants![0]).toEqual({
      VariantName: 'main',
      ModelName: sageMaker.modelNames()[0],
      InitialVariantWeight: 1,
      ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 3, ProvisionedConcurrency: undefined },
    });
    expect((await run.query(progress)).cost.unknownPrices).toEqual([]);
  });
});
