/**
 * Rules on the endpoint and on how it moves to another model.
 * @module
 */
import { knownBase } from '../bases.js';
import { hasGpu, typesOf } from '../instances.js';
import { problem, type Problem } from '../problem.js';
import { UPDATE_SECONDS, isGuarded, waitsOf, type Deployment } from '../rollout.js';
import { deploySchema, type FineTuneSpec } from '../schema.js';
import { claimsS3 } from '../sources.js';
import { serverlessMb } from '../workers.js';
import type { Rule } from './rule.js';

/** A rule on specs that deploy. */
const onDeployment =
  (rule: (deploy: Deployment, spec: FineTuneSpec) => (Problem | false)[]): Rule =>
  (spec) =>
    spec.deploy ? rule(spec.deploy, spec).filter((found) => found !== false) : [];

const endpointNameIsOneSageMakerTakes = onDeployment(({ endpoint }) => [
  endpoint !== undefined &&
    !/^(?=.{1,63}$)[a-z0-9](-*[a-z0-9])*$/.test(endpoint) &&
    problem(
      'deploy.endpoint',
      endpoint,
      'lower-case letters, digits and inner hyphens, at most 63',
      'choose such a name',
    ),
]);

const int8RunsOnProcessors = onDeployment(({ engine, instanceType, serverless }) => [
  engine === 'int8' &&
    serverless === undefined &&
    typesOf(instanceType).some(hasGpu) &&
    problem(
      'deploy.engine',
      engine,
      `auto or float32 with ${typesOf(instanceType).join(', ')}: int8 is for CPUs, and a GPU would stand idle`,
      'leave deploy.engine out, or choose instance types without a GPU',
    ),
]);

/** By default the endpoint is named as the spec is: nobody takes one over without having named it. */
const takingOverNamesTheEndpoint = onDeployment(({ endpoint, takeOver }) => [
  takeOver &&
    endpoint === undefined &&
    problem('deploy.takeOver', true, 'only with deploy.endpoint', 'name the endpoint that is taken over'),
]);

const linearStepsAreATenthOrMore = onDeployment(({ rollout: { type, percent } }) => [
  type === 'linear' &&
    percent < 10 &&
    problem('deploy.rollout.percent', percent, '10 to 50 for linear steps', 'raise it to 10 or more'),
]);

const trafficInStepsHasInstancesToStepBy = onDeployment(({ rollout: { type }, instanceCount, serverless }) => [
  type !== 'allAtOnce' &&
    serverless === undefined &&
    instanceCount < 2 &&
    problem(
      'deploy.instanceCount',
      instanceCount,
      `at least 2 with deploy.rollout.type ${type}: a step is at most half of the instances`,
      'raise it to 2 or more, or write deploy.rollout.type: allAtOnce',
    ),
]);

const rolloutsEndInTime = onDeployment(({ rollout, startupTimeoutSeconds }, { timings: { endpointSeconds } }) => {
  const waits = waitsOf(rollout);
  if (waits === 0) return [];
  if (waits >= UPDATE_SECONDS.most) {
    const rule = `waits below ${UPDATE_SECONDS.most} s together, SageMaker's limit on an update; these make ${waits} s`;
    return [
      problem('deploy.rollout.waitSeconds', rollout.waitSeconds, rule, 'lower it, or raise deploy.rollout.percent'),
    ];
  }
  const needed = waits + startupTimeoutSeconds;
  return [
    endpointSeconds < needed &&
      problem(
        'timings.endpointSeconds',
        endpointSeconds,
        `at least ${needed}: the rollout waits ${waits} s, and instances may take ${startupTimeoutSeconds} s to start`,
        `raise it to ${needed}, or lower deploy.rollout.waitSeconds`,
      ),
  ];
});

const alarmsAreNamedOnce = onDeployment(({ rollout: { alarms } }) =>
  alarms.map(
    (name, i) =>
      alarms.indexOf(name) < i &&
      problem(`deploy.rollout.alarms[${i}]`, name, 'each alarm once', 'remove the repetition'),
  ),
);

const autoscalingBoundsHoldTheInstances = onDeployment(({ autoscaling, instanceCount }) => {
  if (autoscaling === undefined) return [];
  const { minInstances, maxInstances } = autoscaling;
  return [
    maxInstances < minInstances
      ? problem(
          'deploy.autoscaling.maxInstances',
          maxInstances,
          `at least minInstances (${minInstances})`,
          'raise it, or lower minInstances',
        )
      : (instanceCount < minInstances || instanceCount > maxInstances) &&
        problem(
          'deploy.instanceCount',
          instanceCount,
          `from deploy.autoscaling.minInstances (${minInstances}) to maxInstances (${maxInstances})`,
          'write a count between them: the endpoint starts with it',
        ),
  ];
});

const steppedRolloutsScaleFromTwo = onDeployment(({ autoscaling, rollout: { type } }) => [
  autoscaling !== undefined &&
    type !== 'allAtOnce' &&
    autoscaling.minInstances < 2 &&
    problem(
      'deploy.autoscaling.minInstances',
      autoscaling.minInstances,
      `at least 2 with deploy.rollout.type ${type}: a step is at most half of the instances`,
      'raise it to 2, or write deploy.rollout.type: allAtOnce',
    ),
]);

const DEFAULTS = deploySchema.parse({});

const serverlessEndpointsNameNoInstances = onDeployment(({ serverless, instanceType, instanceCount }) =>
  serverless === undefined
    ? []
    : [
        instanceType !== DEFAULTS.instanceType &&
          problem('deploy.instanceType', instanceType, 'no instance type with deploy.serverless', 'remove one of them'),
        instanceCount !== DEFAULTS.instanceCount &&
          problem(
            'deploy.instanceCount',
            instanceCount,
            'no instance count with deploy.serverless',
            'remove it: deploy.serverless.maxConcurrency limits a serverless endpoint',
          ),
      ],
);

const serverlessEndpointsScaleByThemselves = onDeployment(({ serverless, autoscaling, rollout }) =>
  serverless === undefined
    ? []
    : [
        autoscaling !== undefined &&
          problem('deploy.autoscaling', autoscaling, 'not with deploy.serverless', 'remove one of them'),
        (isGuarded(rollout) || rollout.terminationWaitSeconds > 0) &&
          problem(
            'deploy.rollout',
            rollout.type,
            'all at once, without alarms and waits, with deploy.serverless: there are no instances to shift by',
            'remove deploy.rollout, or deploy.serverless',
          ),
      ],
);

/** "…:2.6.0-transformers4.49.0-gpu-py312-cu124-ubuntu22.04" */
const isGpuImage = (imageUri: string): boolean => /[-:](gpu|cu\d{2,3})(-|$)/.test(imageUri);

const serverlessEndpointsRunWhereAwsRunsThem = onDeployment(({ serverless, imageUri }, { network }) =>
  serverless === undefined
    ? []
    : [
        network.subnets !== undefined &&
          problem('network.subnets', network.subnets, 'no VPC with deploy.serverless', 'remove one of them'),
        network.isolation &&
          problem('network.isolation', true, 'no network isolation with deploy.serverless', 'remove one of them'),
        imageUri !== undefined &&
          isGpuImage(imageUri) &&
          problem('deploy.imageUri', imageUri, 'a CPU image with deploy.serverless', 'name a CPU image'),
      ],
);

const provisionedConcurrencyLiesWithinTheLimit = onDeployment(({ serverless }) => {
  const { provisionedConcurrency = 0, maxConcurrency = 0 } = serverless ?? {};
  return [
    provisionedConcurrency > maxConcurrency &&
      problem(
        'deploy.serverless.provisionedConcurrency',
        provisionedConcurrency,
        `at most maxConcurrency (${maxConcurrency})`,
        'lower it, or raise maxConcurrency',
      ),
  ];
});

const machineImagesAreOfGpuInstances = onDeployment(({ inferenceAmiVersion, instanceType, serverless }) => [
  inferenceAmiVersion !== undefined &&
    (serverless !== undefined || !typesOf(instanceType).every(hasGpu)) &&
    problem(
      'deploy.inferenceAmiVersion',
      inferenceAmiVersion,
      'none without a GPU: these machine images bring its driver',
      'remove it, or choose GPU types alone in deploy.instanceType',
    ),
]);

const dataIsCapturedWhereAwsCapturesIt = onDeployment(({ dataCapture, serverless }) => [
  dataCapture !== undefined &&
    serverless !== undefined &&
    problem('deploy.dataCapture', dataCapture, 'not with deploy.serverless', 'remove one of them'),
  dataCapture?.s3 !== undefined &&
    !claimsS3(dataCapture.s3) &&
    problem('deploy.dataCapture.s3', dataCapture.s3, 'an S3 prefix', 'write s3://BUCKET/PREFIX/'),
]);

const SERVERLESS_MB = [1024, 2048, 3072, 4096, 5120, 6144];

const serverlessMemoryHoldsTheModel = onDeployment(({ serverless }, { base }) => {
  const known = knownBase(base);
  if (serverless === undefined || known === undefined) return [];
  const needed = serverlessMb(known.parameters * 4e6);
  const enough = SERVERLESS_MB.find((size) => size >= needed);
  return [
    serverless.memoryMb < needed &&
      problem(
        'deploy.serverless.memoryMb',
        serverless.memoryMb,
        `at least ${needed}: ${base} has ${known.parameters} million parameters, and its container needs memory of its own`,
        enough === undefined ? 'deploy on instances' : `write ${enough}`,
      ),
  ];
});

export const deployRules = {
  endpointNameIsOneSageMakerTakes,
  takingOverNamesTheEndpoint,
  int8RunsOnProcessors,
  linearStepsAreATenthOrMore,
  trafficInStepsHasInstancesToStepBy,
  rolloutsEndInTime,
  alarmsAreNamedOnce,
  autoscalingBoundsHoldTheInstances,
  steppedRolloutsScaleFromTwo,
  serverlessEndpointsNameNoInstances,
  serverlessEndpointsScaleByThemselves,
  serverlessEndpointsRunWhereAwsRunsThem,
  provisionedConcurrencyLiesWithinTheLimit,
  serverlessMemoryHoldsTheModel,
  machineImagesAreOfGpuInstances,
  dataIsCapturedWhereAwsCapturesIt,
} as const satisfies Record<string, Rule>;
