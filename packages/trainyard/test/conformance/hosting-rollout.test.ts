/** An endpoint serves every request while it moves to another model, however it moves; real processes, an unmodified SDK. */
import {
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  ApplicationAutoScalingClient,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  UpdateEndpointCommand,
  type DeploymentConfig,
  type InstancePool,
  type ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archive } from '../support/archive.js';
import { Bench, BUCKET, until, KEYS } from './hostingBench.js';

/** Loads slowly, and tells in each answer whether it had finished. */
const model = (name: string): string => `
import time

LOADED = False

def model_fn(model_dir):
    global LOADED
    time.sleep(0.5)
    LOADED = True
    return ${JSON.stringify(name)}

def predict_fn(data, model):
    return {"model": model, "loaded": LOADED}
`;

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.start({ listens: true });
  for (const name of ['old', 'new']) await bench.model(name, model(name));
  for (const name of ['old', 'new']) await bench.config(name, { InitialInstanceCount: 2 });
  await bench.upload('bad.tar.gz', await archive({ 'config.json': '{}' }));
  await bench.modelOf('bad', `s3://${BUCKET}/bad.tar.gz`);
  await bench.config('bad', { InitialInstanceCount: 2 });
}, 120_000);

afterAll(() => bench.stop());

const inSteps = (type: 'CANARY' | 'LINEAR', wait: number, alarms: string[] = []): DeploymentConfig => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: type,
      WaitIntervalInSeconds: wait,
      [type === 'CANARY' ? 'CanarySize' : 'LinearStepSize']: {
        Type: 'CAPACITY_PERCENT',
        Value: type === 'CANARY' ? 25 : 50,
      },
    },
    MaximumExecutionTimeoutInSeconds: 600,
  },
  AutoRollbackConfiguration: alarms.length > 0 ? { Alarms: alarms.map((AlarmName) => ({ AlarmName })) } : undefined,
});

const update = (name: string, config: string, DeploymentConfig?: DeploymentConfig) =>
  bench.sageMaker.send(new UpdateEndpointCommand({ EndpointName: name, EndpointConfigName: config, DeploymentConfig }));

/** Asks without pause while an update goes on, and counts what came back, phase by phase. */
async function underLoad(name: string, change: () => Promise<unknown>) {
  await bench.sageMaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: 'old' }));
  await bench.settled(name);
  const lost: unknown[] = [];
  const byPhase: Record<string, Record<string, number>> = {};
  const statuses = new Set<string>();
  let phase = 'before';
  /** Answers of the phase seen last, until the next look shows that it still lasted when they came. */
  let unplaced: string[] = [];
  let halfLoaded = 0;
  let answered = 0;
  let stopped = false;
  const caller = async (): Promise<void> => {
    while (!stopped) {
      const asked = phase;
      try {
        const { model: by, loaded } = (await bench.invoke(name, {})).output as { model: string; loaded: boolean };
        answered += 1;
        if (!loaded) halfLoaded += 1;
        if (asked === phase) unplaced.push(by);
      } catch (error) {
        lost.push(error);
      }
    }
  };
  const look = async (): Promise<void> => {
    const before = unplaced.splice(0);
    const now = await bench.describe(name);
    const found = now.PendingDeploymentSummary?.ProductionVariants?.[0]?.VariantStatus?.[0]?.Status ?? 'after';
    if (found === phase) {
      const counts = (byPhase[phase] ??= {});
      for (const by of before) counts[by] = (counts[by] ?? 0) + 1;
    } else unplaced = [];
    phase = found;
    statuses.add(now.EndpointStatus ?? '');
  };
  const callers = [1, 2, 3, 4].map(caller);
  await until('requests are answered', () => answered > 20);
  await change();
  await until('the update is over', async () => {
    await look();
    return statuses.has('InService');
  });
  const atEnd = answered;
  await until('requests are answered afterwards', () => answered > atEnd + 20);
  await look();
  stopped = true;
  await Promise.all(callers);
  const endpoint = await bench.describe(name);
  process.stderr.write(`${name}: ${answered} answered, ${lost.length} lost, ${halfLoaded} by a half-loaded model\n`);
  return { answered, lost, halfLoaded, byPhase, endpoint, statuses: [...statuses] };
}

test('all at once: no request is lost, none is answered by a model that is not loaded', async () => {
  const seen = await underLoad('at-once', () => update('at-once', 'new'));

  expect(seen).toMatchObject({ lost: [], halfLoaded: 0, endpoint: { EndpointConfigName: 'new' } });
  expect(Object.keys(seen.byPhase['after']!)).toContain('new');
}, 120_000);

test('a canary gets its share, then all; no request is lost', async () => {
  const seen = await underLoad('canary', () => update('canary', 'new', inSteps('CANARY', 6)));

  expect(seen).toMatchObject({ lost: [], halfLoaded: 0, endpoint: { EndpointConfigName: 'new' } });
  const { old = 0, new: fresh = 0 } = seen.byPhase['ActivatingTraffic']!;
  expect(fresh / (old + fresh)).toBeGreaterThan(0.15);
  expect(fresh / (old + fresh)).toBeLessThan(0.35);
  expect(seen.byPhase['Creating']?.['new']).toBeUndefined();
  const phases = bench.announced
    .filter(({ detail, 'detail-type': type }) => type.includes('Deployment') && detail['EndpointName'] === 'canary')
    .map(({ detail }) => JSON.stringify(detail));
  expect(phases.map((text) => /"Status":"(\w+)"/.exec(text)?.[1])).toEqual(['ActivatingTraffic', 'Baking', undefined]);
}, 120_000);

test('linear steps lose no request', async () => {
  const seen = await underLoad('linear', () => update('linear', 'new', inSteps('LINEAR', 4)));

  expect(seen).toMatchObject({ lost: [], halfLoaded: 0, endpoint: { EndpointConfigName: 'new' } });
  const { old = 0, new: fresh = 0 } = seen.byPhase['ActivatingTraffic']!;
  expect(fresh / (old + fresh)).toBeGreaterThan(0.4);
  expect(fresh / (old + fresh)).toBeLessThan(0.6);
}, 120_000);

test('an alarm during a canary brings the old model back, says which, and no request is lost', async () => {
  const seen = await underLoad('alarmed', async () => {
    await update('alarmed', 'new', inSteps('CANARY', 60, ['slow-answers']));
    await until('the canary gets traffic', async () => {
      const { PendingDeploymentSummary: pending } = await bench.describe('alarmed');
      return pending?.ProductionVariants?.[0]?.VariantStatus?.[0]?.Status === 'ActivatingTraffic';
    });
    await bench.faults({ fault: 'alarm', name: '^slow-answers$' });
  });

  expect(seen).toMatchObject({ lost: [], halfLoaded: 0, endpoint: { EndpointConfigName: 'old' } });
  expect(seen.endpoint.FailureReason).toContain('Alarm slow-answers');
  await until('the event of the way back has come', () =>
    bench.announced.some(
      ({ detail }) => detail['EndpointName'] === 'alarmed' && detail['EndpointStatus'] === 'ROLLING_BACK',
    ),
  );
  await until('the new processes have ended', () => bench.pids('alarmed').length === 2);
}, 120_000);

test('a canary that does not come up gets no request at all', async () => {
  const seen = await underLoad('torn', () => update('torn', 'bad', inSteps('CANARY', 0)));

  expect(seen).toMatchObject({ lost: [], halfLoaded: 0, endpoint: { EndpointConfigName: 'old' } });
  expect(seen.endpoint.FailureReason).toContain('ping health check');
}, 120_000);

test('a canary goes on where it was when the emulator is killed in the middle of it', async () => {
  await update('torn', 'new', inSteps('CANARY', 3));
  await until('the canary gets traffic', async () => {
    const { PendingDeploymentSummary: pending } = await bench.describe('torn');
    return pending?.ProductionVariants?.[0]?.VariantStatus?.[0]?.Status === 'ActivatingTraffic';
  });
  await bench.killEmulator();
  await bench.startEmulator();

  expect(await bench.settled('torn')).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'new' });
  expect((await bench.invoke('torn', {})).output).toMatchObject({ model: 'new' });
}, 120_000);

test('a rolling update is refused by its name', async () => {
  const RollingUpdatePolicy = {
    MaximumBatchSize: { Type: 'INSTANCE_COUNT' as const, Value: 1 },
    WaitIntervalInSeconds: 1,
  };
  await expect(update('torn', 'old', { RollingUpdatePolicy })).rejects.toThrow('RollingUpdatePolicy');
});

test('a serverless endpoint answers up to 4 MB, has a size and no instances, and stays of its kind', async () => {
  const variant: ProductionVariant = {
    VariantName: 'main',
    ModelName: 'old',
    ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 },
  };
  await bench.sageMaker.send(
    new CreateEndpointConfigCommand({ EndpointConfigName: 'serverless', ProductionVariants: [variant] }),
  );
  await bench.sageMaker.send(
    new CreateEndpointCommand({ EndpointName: 'serverless', EndpointConfigName: 'serverless' }),
  );
  const { ProductionVariants } = await bench.settled('serverless');

  expect(ProductionVariants).toMatchObject([{ CurrentServerlessConfig: { MemorySizeInMB: 2048 } }]);
  expect(ProductionVariants![0]!.CurrentInstanceCount).toBeUndefined();
  expect((await bench.invoke('serverless', {})).output).toMatchObject({ model: 'old' });
  await expect(bench.invoke('serverless', { inputs: 'x'.repeat(4 * 1024 * 1024) })).rejects.toThrow('4194304');
  await expect(update('torn', 'serverless')).rejects.toThrow('serverless');
}, 60_000);

test('a serverless endpoint has whole gigabytes, as AWS sells them', async () => {
  const ProductionVariants = [
    { VariantName: 'main', ModelName: 'old', ServerlessConfig: { MemorySizeInMB: 1111, MaxConcurrency: 5 } },
  ];

  const config = new CreateEndpointConfigCommand({ EndpointConfigName: 'odd', ProductionVariants });

  await expect(bench.sageMaker.send(config)).rejects.toThrow("Value '1111' at 'MemorySizeInMB'");
});

const POOLS: InstancePool[] = [
  { InstanceType: 'ml.m5.xlarge', Priority: 2 },
  { InstanceType: 'ml.c6i.xlarge', Priority: 1 },
];

test('instances come from the pool of the first priority, and Describe counts them by pool', async () => {
  await bench.serve('pooled', model('pooled'), { InstanceType: undefined, InstancePools: POOLS });

  expect((await bench.describe('pooled')).ProductionVariants).toMatchObject([
    {
      CurrentInstanceCount: 1,
      InstancePools: [
        { InstanceType: 'ml.c6i.xlarge', CurrentInstanceCount: 1 },
        { InstanceType: 'ml.m5.xlarge', CurrentInstanceCount: 0 },
      ],
    },
  ]);
});

test.each<[string, Partial<ProductionVariant>, string]>([
  ['beside an instance type', { InstanceType: 'ml.c6i.xlarge' }, 'InstanceType and InstancePools'],
  ['with a priority twice', { InstancePools: POOLS.map((pool) => ({ ...pool, Priority: 1 })) }, 'Priority 1 twice'],
  [
    'with a type twice',
    { InstancePools: POOLS.map((pool) => ({ ...pool, InstanceType: 'ml.c6i.xlarge' as const })) },
    'InstanceType ml.c6i.xlarge twice',
  ],
  ['with a model of their own', { InstancePools: [{ ...POOLS[0]!, ModelNameOverride: 'new' }] }, 'ModelNameOverride'],
  [
    'without a GPU for the machine image',
    { InferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-3-1' },
    'expected a gpu instance',
  ],
  ['below the first priority', { InstancePools: [{ ...POOLS[0]!, Priority: 0 }] }, 'greater than or equal to 1'],
])('pools %s are refused', async (_, variant, message) => {
  const asked = { ModelName: 'new', InstanceType: undefined, InstancePools: POOLS, ...variant };

  await expect(bench.config('odd-pools', asked)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(message) as string,
  });
});

test('a volume key is refused where a pool has disks of its own', async () => {
  const InstancePools: InstancePool[] = [...POOLS, { InstanceType: 'ml.m5d.xlarge', Priority: 3 }];
  const variant = { VariantName: 'main', ModelName: 'new', InitialInstanceCount: 1, InstancePools };
  const config = { EndpointConfigName: 'odd-key', ProductionVariants: [variant], KmsKeyId: 'alias/mine' };

  await expect(bench.sageMaker.send(new CreateEndpointConfigCommand(config))).rejects.toThrow(
    'KmsKeyId cannot be requested with ml.m5d.xlarge',
  );
});

test('autoscaling keeps targets and policies, holds the bounds, and forgets what is deregistered', async () => {
  const scaling = new ApplicationAutoScalingClient({
    endpoint: bench.url,
    region: 'us-east-1',
    credentials: KEYS,
    maxAttempts: 1,
  });
  const target = {
    ServiceNamespace: 'sagemaker',
    ResourceId: 'endpoint/linear/variant/main',
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
  } as const;
  const policy = new PutScalingPolicyCommand({
    ...target,
    PolicyName: 'by-invocations',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 600,
      PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
    },
  });
  const register = (MinCapacity: number, MaxCapacity: number) =>
    scaling.send(new RegisterScalableTargetCommand({ ...target, MinCapacity, MaxCapacity }));

  await expect(scaling.send(policy)).rejects.toMatchObject({ name: 'ObjectNotFoundException' });
  await expect(register(3, 1)).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(register('three' as never, 1)).rejects.toThrow();
  await register(3, 4);
  await until('the endpoint has its least instances', async () => {
    const { ProductionVariants, EndpointStatus } = await bench.describe('linear');
    return EndpointStatus === 'InService' && ProductionVariants?.[0]?.CurrentInstanceCount === 3;
  });
  await scaling.send(policy);
  await scaling.send(policy);
  const { ScalingPolicies } = await scaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'sagemaker' }));
  expect(ScalingPolicies).toMatchObject([
    { PolicyName: 'by-invocations', TargetTrackingScalingPolicyConfiguration: { TargetValue: 600 } },
  ]);
  await bench.config('other-type', { ModelName: 'new', InstanceType: 'ml.m5.xlarge' });
  await expect(update('linear', 'other-type')).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('is a target of automatic scaling') as string,
  });
  await bench.config('other-pools', { ModelName: 'new', InstanceType: undefined, InstancePools: POOLS });
  await expect(update('linear', 'other-pools')).rejects.toThrow('is a target of automatic scaling');
  await scaling.send(new DeregisterScalableTargetCommand(target));
  const { ScalableTargets } = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }));
  expect(ScalableTargets).toEqual([]);
  scaling.destroy();
}, 60_000);
