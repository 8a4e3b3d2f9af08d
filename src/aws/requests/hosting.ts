/**
 * Model, endpoint config, and the update of an endpoint that serves already.
 * @module
 */
import type {
  CapacitySize,
  CreateEndpointConfigCommandInput,
  CreateModelCommandInput,
  DataCaptureConfig,
  DeploymentConfig,
  ProductionVariant,
  UpdateEndpointCommandInput,
} from '@aws-sdk/client-sagemaker';
import type { Engine } from '../../spec/engine.js';
import { encodedEnvironment } from '../../spec/environment.js';
import { hasGpu, hasLocalDisks, typesOf } from '../../spec/instances.js';
import { UPDATE_SECONDS, isGuarded, type Deployment, type Rollout } from '../../spec/rollout.js';
import { INFERENCE_AMI } from '../images.js';
import type { Workers } from '../../spec/workers.js';
import { VARIANT, endpointConfigName, modelName } from '../names.js';
import type { Run } from '../../run/run.js';
import { TAG } from '../tags.js';
import { named, vpcOf, type Named, type Unnamed } from './named.js';

export function modelRequest(
  run: Run,
  modelDataUrl: string,
  workers: Workers,
  engine: Engine = 'float32',
): Named<CreateModelCommandInput> {
  const { spec } = run;
  const request: Unnamed<CreateModelCommandInput, 'ModelName'> = {
    ExecutionRoleArn: run.roleArn,
    PrimaryContainer: containerOf(run, modelDataUrl, workers, engine),
    VpcConfig: vpcOf(spec),
    EnableNetworkIsolation: spec.network.isolation,
  };
  return named<CreateModelCommandInput>(run, 'deploy', 1, request, modelName, (name) => ({ ModelName: name }));
}

/** What serves a model, in an endpoint and in the registry alike. */
export const containerOf = (run: Run, modelDataUrl: string, { workers, threads }: Workers, engine: Engine) => ({
  Image: run.images.deploy,
  ModelDataUrl: modelDataUrl,
  Environment: {
    ...encodedEnvironment(run.spec.deploy === false ? {} : run.spec.deploy.environment),
    SAGEMAKER_PROGRAM: 'inference.py',
    SAGEMAKER_MODEL_SERVER_WORKERS: String(workers),
    ...(threads === undefined ? {} : { OMP_NUM_THREADS: String(threads) }),
    ...(engine === 'float32' ? {} : { ATTUNE_ENGINE: engine }),
  },
});

export function endpointConfigRequest(run: Run, model: string): Named<CreateEndpointConfigCommandInput> {
  const { deploy, encryption } = run.spec;
  if (deploy === false) throw new Error('a run without deployment has no endpoint config');
  const request: Unnamed<CreateEndpointConfigCommandInput, 'EndpointConfigName'> = {
    ProductionVariants: [{ VariantName: VARIANT, ModelName: model, InitialVariantWeight: 1, ...capacityOf(deploy) }],
    // Disks inside the instance are encrypted by its hardware, and SageMaker refuses a key for them.
    DataCaptureConfig: captureOf(run, deploy),
    KmsKeyId:
      deploy.serverless || typesOf(deploy.instanceType).some(hasLocalDisks) ? undefined : encryption.volumeKmsKeyId,
  };
  const config = named<CreateEndpointConfigCommandInput>(run, 'deploy', 1, request, endpointConfigName, (name) => ({
    EndpointConfigName: name,
  }));
  if (deploy.autoscaling) config.request.Tags?.push({ Key: TAG.autoscaling, Value: VARIANT });
  return config;
}

/** Both sides, as JSON: what AWS's own monitoring reads. */
function captureOf({ spec, folder }: Run, { dataCapture }: Deployment): DataCaptureConfig | undefined {
  if (dataCapture === undefined) return undefined;
  return {
    EnableCapture: true,
    InitialSamplingPercentage: dataCapture.percentage,
    // Beside the runs: what is captured outlives each of them.
    DestinationS3Uri: dataCapture.s3 ?? new URL('../capture/', folder).href,
    KmsKeyId: spec.encryption.outputKmsKeyId,
    CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
    CaptureContentTypeHeader: { JsonContentTypes: ['application/json'] },
  };
}

function capacityOf({
  serverless,
  instanceType,
  instanceCount,
  startupTimeoutSeconds,
  inferenceAmiVersion,
  imageUri,
}: Deployment): Partial<ProductionVariant> {
  if (serverless) {
    const { memoryMb, maxConcurrency, provisionedConcurrency } = serverless;
    return {
      ServerlessConfig: {
        MemorySizeInMB: memoryMb,
        MaxConcurrency: maxConcurrency,
        ProvisionedConcurrency: provisionedConcurrency,
      },
    };
  }
  const types = typesOf(instanceType);
  return {
    InitialInstanceCount: instanceCount,
    ...instancesOf(types),
    ContainerStartupHealthCheckTimeoutInSeconds: startupTimeoutSeconds,
    ModelDataDownloadTimeoutInSeconds: startupTimeoutSeconds,
    InferenceAmiVersion:
      inferenceAmiVersion ?? (types.every(hasGpu) && imageUri === undefined ? INFERENCE_AMI : undefined),
  };
}

/** One type, or SageMaker's own choice from pools in the order of preference. */
const instancesOf = (types: readonly string[]): Partial<ProductionVariant> =>
  types.length === 1
    ? { InstanceType: types[0] as never }
    : { InstancePools: types.map((type, i) => ({ InstanceType: type as never, Priority: i + 1 })) };

/** How an endpoint that serves already is to move to another config. */
export interface UpdatePlan {
  rollout: Rollout;
  /** Of the new config. */
  instanceCount: number;
  /** Its count is autoscaling's: it survives the update. */
  autoscaled: boolean;
  /** After so long SageMaker itself goes back. */
  limitSeconds: number;
}

export const updatePlanOf = ({ spec: { timings } }: Run, deploy: Deployment): UpdatePlan => ({
  rollout: deploy.rollout,
  instanceCount: deploy.instanceCount,
  autoscaled: deploy.autoscaling !== undefined,
  limitSeconds: timings.endpointSeconds,
});

/** @param running  instances of the endpoint now */
export function updateRequest(
  endpoint: string,
  configName: string,
  plan: UpdatePlan,
  running: number,
): UpdateEndpointCommandInput {
  const retained = plan.autoscaled && running > plan.instanceCount;
  return {
    EndpointName: endpoint,
    EndpointConfigName: configName,
    RetainAllVariantProperties: retained || undefined,
    DeploymentConfig: deploymentConfigOf(plan, retained ? running : plan.instanceCount),
  };
}

/** The way back to the config before: all at once, because what serves is not to be trusted. */
export const returnRequest = (
  endpoint: string,
  configName: string,
  { autoscaled }: UpdatePlan,
): UpdateEndpointCommandInput => ({
  EndpointName: endpoint,
  EndpointConfigName: configName,
  RetainAllVariantProperties: autoscaled || undefined,
});

function deploymentConfigOf({ rollout, limitSeconds }: UpdatePlan, instances: number): DeploymentConfig | undefined {
  const { type, percent, waitSeconds, terminationWaitSeconds, alarms } = rollout;
  // SageMaker's own default is the same: all at once, and the old instances go.
  if (!isGuarded(rollout) && terminationWaitSeconds === 0) return undefined;
  const step = stepOf(percent, instances);
  return {
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: {
        Type: ({ allAtOnce: 'ALL_AT_ONCE', canary: 'CANARY', linear: 'LINEAR' } as const)[type],
        WaitIntervalInSeconds: isGuarded(rollout) ? waitSeconds : 0,
        ...(type === 'canary' ? { CanarySize: step } : {}),
        ...(type === 'linear' ? { LinearStepSize: step } : {}),
      },
      TerminationWaitInSeconds: terminationWaitSeconds,
      MaximumExecutionTimeoutInSeconds: Math.min(
        Math.max(Math.ceil(limitSeconds), UPDATE_SECONDS.least),
        UPDATE_SECONDS.most,
      ),
    },
    AutoRollbackConfiguration: alarms.length > 0 ? { Alarms: alarms.map((AlarmName) => ({ AlarmName })) } : undefined,
  };
}

/** A share of few instances may be less than one of them, which is no step. */
const stepOf = (percent: number, instances: number): CapacitySize =>
  (percent * instances) / 100 >= 1
    ? { Type: 'CAPACITY_PERCENT', Value: percent }
    : { Type: 'INSTANCE_COUNT', Value: 1 };
