/**
 * Model and endpoint config.
 * @module
 */
import type { CreateEndpointConfigCommandInput, CreateModelCommandInput } from '@aws-sdk/client-sagemaker';
import { hasLocalDisks } from '../../spec/instances.js';
import { endpointConfigName, modelName } from '../names.js';
import type { Run } from '../run.js';
import { named, vpcOf, type Named, type Unnamed } from './named.js';

export function modelRequest(run: Run, modelDataUrl: string): Named<CreateModelCommandInput> {
  const { spec } = run;
  const request: Unnamed<CreateModelCommandInput, 'ModelName'> = {
    ExecutionRoleArn: run.roleArn,
    PrimaryContainer: {
      Image: run.images.deploy,
      ModelDataUrl: modelDataUrl,
      Environment: { SAGEMAKER_PROGRAM: 'inference.py' },
    },
    VpcConfig: vpcOf(spec),
    EnableNetworkIsolation: spec.network.isolation,
  };
  return named<CreateModelCommandInput>(run, 'deploy', 1, request, modelName, (name) => ({ ModelName: name }));
}

export function endpointConfigRequest(run: Run, model: string): Named<CreateEndpointConfigCommandInput> {
  const { deploy, encryption } = run.spec;
  if (deploy === false) throw new Error('a run without deployment has no endpoint config');
  const { instanceType, instanceCount, startupTimeoutSeconds } = deploy;
  const request: Unnamed<CreateEndpointConfigCommandInput, 'EndpointConfigName'> = {
    ProductionVariants: [
      {
        VariantName: 'main',
        ModelName: model,
        InitialInstanceCount: instanceCount,
        InstanceType: instanceType as never,
        InitialVariantWeight: 1,
        ContainerStartupHealthCheckTimeoutInSeconds: startupTimeoutSeconds,
        ModelDataDownloadTimeoutInSeconds: startupTimeoutSeconds,
      },
    ],
    // Disks inside the instance are encrypted by its hardware, and SageMaker refuses a key for them.
    KmsKeyId: hasLocalDisks(instanceType) ? undefined : encryption.volumeKmsKeyId,
  };
  return named<CreateEndpointConfigCommandInput>(run, 'deploy', 1, request, endpointConfigName, (name) => ({
    EndpointConfigName: name,
  }));
}
