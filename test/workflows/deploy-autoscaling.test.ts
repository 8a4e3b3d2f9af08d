/** Autoscaling follows the spec, outlives an update, and goes with its endpoint. */
import { PutScalingPolicyCommand, RegisterScalableTargetCommand } from '@aws-sdk/client-application-auto-scaling';
import { expect, test } from 'vitest';
import { policyRequest, targetRequest } from '../../src/aws/requests/autoscaling.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { withLoop } from '../support/loop.js';

const autoscaling = { minInstances: 1, maxInstances: 4, invocationsPerInstance: 600 };

test('a verified endpoint scales as the spec says', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const run = await startRun({ deploy: { endpoint: 'scaled', autoscaling } });

    expect(await run.result()).toMatchObject({ status: 'done', notices: [] });
    expect(sageMaker.autoScaling.targets).toMatchObject({
      scaled: {
        min: 1,
        max: 4,
        policies: {
          'attune-invocations-per-instance': {
            ResourceId: 'endpoint/scaled/variant/main',
            PolicyType: 'TargetTrackingScaling',
            TargetTrackingScalingPolicyConfiguration: {
              TargetValue: 600,
              PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
              ScaleInCooldown: 300,
              ScaleOutCooldown: 60,
            },
          },
        },
      },
    });
  });
});

test('the count that autoscaling has reached outlives the update to a new model', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await sageMaker.serving('busy', { autoscaled: true, instances: 3 });
    const run = await startRun({ deploy: { endpoint: 'busy', autoscaling } });

    await run.result();
    expect(sageMaker.updates).toMatchObject([{ RetainAllVariantProperties: true }]);
    expect(sageMaker.autoScaling.targets).toMatchObject({ busy: { max: 4 } });
  });
});

/** As a person may have set it. */
async function scaledByHand({ autoScaling }: FakeSageMaker, endpoint: string): Promise<void> {
  const wish = { minInstances: 2, maxInstances: 7, invocationsPerInstance: 55.5 };
  const cooldowns = { scaleInCooldownSeconds: 10, scaleOutCooldownSeconds: 20 };
  await autoScaling.send(new RegisterScalableTargetCommand(targetRequest(endpoint, { ...wish, ...cooldowns })));
  await autoScaling.send(new PutScalingPolicyCommand(policyRequest(endpoint, { ...wish, ...cooldowns })));
}

test('a scaled endpoint takes another instance type, and scales as the spec says afterwards', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await sageMaker.serving('moved', { autoscaled: true });
    await scaledByHand(sageMaker, 'moved');
    const run = await startRun({ deploy: { endpoint: 'moved', instanceType: 'ml.m5.xlarge', autoscaling } });

    expect(await run.result()).toMatchObject({ status: 'done', notices: [] });
    expect(sageMaker.autoScaling.targets).toMatchObject({ moved: { min: 1, max: 4 } });
  });
});

test('a scaled endpoint takes a list of types in the place of its one, and scales on', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await sageMaker.serving('pooled', { autoscaled: true });
    await scaledByHand(sageMaker, 'pooled');
    const instanceType = ['ml.c6i.xlarge', 'ml.m5.xlarge'];
    const run = await startRun({ deploy: { endpoint: 'pooled', instanceType, autoscaling } });

    expect(await run.result()).toMatchObject({ status: 'done', notices: [] });
    expect(sageMaker.autoScaling.targets).toMatchObject({ pooled: { min: 1, max: 4 } });
    const { EndpointConfigName } = sageMaker.updates[0]!;
    expect(sageMaker.configOf(EndpointConfigName!).ProductionVariants).toMatchObject([
      {
        InstancePools: [
          { InstanceType: 'ml.c6i.xlarge', Priority: 1 },
          { InstanceType: 'ml.m5.xlarge', Priority: 2 },
        ],
      },
    ]);
  });
});

test('a scaled endpoint that does not take another instance type scales on as it did', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await sageMaker.serving('stays', { autoscaled: true });
    await scaledByHand(sageMaker, 'stays');
    const before = structuredClone(sageMaker.autoScaling.targets);
    sageMaker.withContainersThatDoNotStart();
    const run = await startRun({ deploy: { endpoint: 'stays', instanceType: 'ml.m5.xlarge', autoscaling } });

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'RolledBack' } });
    expect(sageMaker.autoScaling.targets).toEqual(before);
  });
});

test('a canary of a scaled endpoint is a share of the instances that run', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await sageMaker.serving('wide', { autoscaled: true, instances: 10 });
    const rollout = { type: 'canary', percent: 10, waitSeconds: 0 } as const;
    const bounds = { minInstances: 2, maxInstances: 20, invocationsPerInstance: 600 };
    const run = await startRun({ deploy: { endpoint: 'wide', instanceCount: 2, rollout, autoscaling: bounds } });

    await run.result();
    expect(
      sageMaker.updates[0]!.DeploymentConfig!.BlueGreenUpdatePolicy!.TrafficRoutingConfiguration!.CanarySize,
    ).toEqual({ Type: 'CAPACITY_PERCENT', Value: 10 });
  });
});

test('an endpoint that no longer asks for it scales no more', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    await sageMaker.serving('fixed', { autoscaled: true });
    const run = await startRun({ deploy: { endpoint: 'fixed' } });

    expect(await run.result()).toMatchObject({ status: 'done', notices: [] });
    expect(sageMaker.autoScaling.targets).toEqual({});
  });
});

test('what may not look at autoscaling is refused before a job is paid for, with the missing action', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    sageMaker.autoScaling.withoutPermission('DescribeScalableTargets');
    const run = await startRun({ deploy: { endpoint: 'blind', autoscaling } });

    await expect(run.result()).rejects.toMatchObject({
      cause: {
        type: 'AccessDenied',
        message: expect.stringContaining('missing action is application-autoscaling:DescribeScalableTargets') as string,
      },
    });
    expect(sageMaker.jobs()).toEqual([]);
  });
}, 60_000);

test('a policy that may not be put is told, and the verified model serves on', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    sageMaker.autoScaling.withoutPermission('PutScalingPolicy');
    const run = await startRun({ deploy: { endpoint: 'told', autoscaling } });

    const result = await run.result();
    expect(result.status).toBe('done');
    expect(result.notices.join()).toContain('missing action is application-autoscaling:PutScalingPolicy');
    expect(sageMaker.endpoints()).toMatchObject([{ name: 'told', status: 'InService' }]);
  });
}, 60_000);

test('nobody needs the permission who does not use it', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    sageMaker.autoScaling.withoutPermission('DescribeScalableTargets', 'DeregisterScalableTarget');
    await sageMaker.serving('unscaled');
    const run = await startRun({ deploy: { endpoint: 'unscaled' } });

    expect(await run.result()).toMatchObject({ status: 'done', notices: [] });
  });
});
