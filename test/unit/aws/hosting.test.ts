import { expect, test } from 'vitest';
import { requestRun } from '../../support/requestRun.js';
import { endpointConfigRequest, modelRequest } from '../../../src/aws/requests/hosting.js';
import { modelPackageRequest } from '../../../src/aws/requests/registry.js';
import type { FineTuneSpecInput } from '../../../src/spec/schema.js';
import { refuseAsAwsDoes } from '../../support/awsRefusals.js';

const OPERATIONS = ['CreateModel', 'CreateEndpointConfig', 'CreateModelPackage'];
/** @throws what AWS's own service model says against it */
const asAwsTakes = (operation: string, request: object) => refuseAsAwsDoes('sagemaker', OPERATIONS, operation, request);

test("the model server is told how many workers it has, and each its share of the instance's processors", () => {
  const { request } = modelRequest(requestRun({}), 's3://bucket/model.tar.gz', { workers: 2, threads: 4 });

  expect(request.PrimaryContainer?.Environment).toMatchObject({
    SAGEMAKER_PROGRAM: 'inference.py',
    SAGEMAKER_MODEL_SERVER_WORKERS: '2',
    OMP_NUM_THREADS: '4',
  });
  asAwsTakes('CreateModel', request);
});

test('the endpoint is told the engine that was evaluated, and nothing where that is float32', () => {
  const environmentOf = (engine: 'int8' | 'float32') =>
    modelRequest(requestRun({}), 's3://bucket/model.tar.gz', { workers: 2 }, engine).request.PrimaryContainer!
      .Environment!;

  expect(environmentOf('int8')).toMatchObject({ ATTUNE_ENGINE: 'int8' });
  expect(environmentOf('float32')).not.toHaveProperty('ATTUNE_ENGINE');
});

const variantOf = (deploy: FineTuneSpecInput['deploy']) => {
  const { request } = endpointConfigRequest(requestRun({ deploy }), 'm');
  asAwsTakes('CreateEndpointConfig', request);
  return request.ProductionVariants![0]!;
};

test("a GPU instance gets the driver that AWS's image needs, or the one that is asked for", () => {
  const gpu = { instanceType: 'ml.g5.xlarge' };

  expect(variantOf(gpu).InferenceAmiVersion).toBe('al2-ami-sagemaker-inference-gpu-3-1');
  expect(variantOf({ ...gpu, imageUri: 'me/image:1' }).InferenceAmiVersion).toBeUndefined();
  const other = 'al2023-ami-sagemaker-inference-gpu-4-1';
  expect(variantOf({ ...gpu, imageUri: 'me/image:1', inferenceAmiVersion: other }).InferenceAmiVersion).toBe(other);
  expect(variantOf({}).InferenceAmiVersion).toBeUndefined();
});

test('a list of types becomes pools in its order, and a list of one its type', () => {
  expect(variantOf({ instanceType: ['ml.g6.xlarge', 'ml.g5.xlarge'] })).toMatchObject({
    InstancePools: [
      { InstanceType: 'ml.g6.xlarge', Priority: 1 },
      { InstanceType: 'ml.g5.xlarge', Priority: 2 },
    ],
    InferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-3-1',
  });
  expect(variantOf({ instanceType: ['ml.g6.xlarge', 'ml.g5.xlarge'] })).not.toHaveProperty('InstanceType');
  expect(variantOf({ instanceType: ['ml.m5.xlarge'] })).toMatchObject({ InstanceType: 'ml.m5.xlarge' });
  expect(variantOf({ instanceType: ['ml.m5.xlarge'] })).not.toHaveProperty('InstancePools');
});

test('a volume key is asked for where no type of the list has disks of its own', () => {
  const keyOn = (instanceType: string[]) =>
    endpointConfigRequest(requestRun({ deploy: { instanceType }, encryption: { volumeKmsKeyId: 'alias/mine' } }), 'm')
      .request.KmsKeyId;

  expect(keyOn(['ml.m5.xlarge', 'ml.c6i.xlarge'])).toBe('alias/mine');
  expect(keyOn(['ml.g5.xlarge', 'ml.g6.xlarge'])).toBeUndefined();
});

test('the registry is told every type of the list', () => {
  const model = { group: 'g', modelDataUrl: 's3://bucket/model.tar.gz', sha256: 'a'.repeat(64), reasons: ['better'] };
  const request = modelPackageRequest(
    requestRun({ deploy: { instanceType: ['ml.m5.xlarge', 'ml.c6i.xlarge'] } }),
    model,
  );

  asAwsTakes('CreateModelPackage', request);
  expect(request.InferenceSpecification?.SupportedRealtimeInferenceInstanceTypes).toEqual([
    'ml.m5.xlarge',
    'ml.c6i.xlarge',
  ]);
});

test('captured requests and answers go to S3 under the key of the outputs', () => {
  const run = requestRun({ deploy: { dataCapture: { percentage: 20 } }, encryption: { outputKmsKeyId: 'alias/mine' } });
  const { request } = endpointConfigRequest(run, 'm');

  asAwsTakes('CreateEndpointConfig', request);
  expect(request.DataCaptureConfig).toMatchObject({
    EnableCapture: true,
    InitialSamplingPercentage: 20,
    DestinationS3Uri: 's3://bucket/attune/t/capture/',
    KmsKeyId: 'alias/mine',
  });
});
