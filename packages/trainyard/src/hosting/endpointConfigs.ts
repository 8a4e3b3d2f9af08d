/**
 * CreateEndpointConfig, DescribeEndpointConfig, ListEndpointConfigs, DeleteEndpointConfig.
 * @module
 */
import { arnOf, seconds, type Context, type Operations } from '../context.js';
import { invalid } from '../errors.js';
import { volumeKeyProblem } from '../jobs/volumeKey.js';
import { pageOf, type ListInput } from '../list.js';
import { processorProblem } from '../processorFit.js';
import { dropTags, putTags, type Tag } from '../tags.js';
import { containerOf } from './models.js';
import {
  found,
  refuseDuplicate,
  type EndpointConfigRecord,
  type InstancePool,
  type ModelRecord,
  type ProductionVariant,
} from './records.js';

type CreateEndpointConfig = Omit<EndpointConfigRecord, 'EndpointConfigArn' | 'CreationTime'> & {
  Tags?: Tag[];
  AsyncInferenceConfig?: object;
  ShadowProductionVariants?: object[];
};

export const endpointConfigOperations: Operations = {
  CreateEndpointConfig({ Tags, ...config }: CreateEndpointConfig, context) {
    const EndpointConfigArn = arnOf(context, 'endpoint-config', config.EndpointConfigName);
    refuseDuplicate(context, 'endpoint-config', config.EndpointConfigName);
    for (const member of ['AsyncInferenceConfig', 'ShadowProductionVariants'] as const) {
      if (config[member]) throw invalid(`${member} is not served by the local SageMaker: leave it out.`);
    }
    if (config.DataCaptureConfig?.EnableCapture) {
      throw invalid('DataCaptureConfig is not served by the local SageMaker: leave it out, or EnableCapture: false.');
    }
    for (const variant of config.ProductionVariants) requireServable(context, variant);
    requireDistinctNames(config.ProductionVariants);
    requireVolumeKey(config);
    if (!config.ProductionVariants.some(({ InitialVariantWeight }) => InitialVariantWeight !== 0)) {
      throw invalid('Every production variant has InitialVariantWeight 0: expected at least one above 0.');
    }
    putTags(context, EndpointConfigArn, Tags);
    const record: EndpointConfigRecord = { ...config, EndpointConfigArn, CreationTime: seconds(context.now()) };
    context.store.put('endpoint-config', config.EndpointConfigName, record);
    return { EndpointConfigArn };
  },

  DescribeEndpointConfig({ EndpointConfigName }: { EndpointConfigName: string }, context) {
    return found<EndpointConfigRecord>(context, 'endpoint-config', EndpointConfigName);
  },

  ListEndpointConfigs(input: ListInput, context) {
    const view = ({ EndpointConfigName, CreationTime }: EndpointConfigRecord) => ({
      name: EndpointConfigName,
      createdAt: CreationTime,
      modifiedAt: CreationTime,
    });
    const records = context.store.list<EndpointConfigRecord>('endpoint-config');
    const { page, NextToken } = pageOf(records, view, input, 'Descending');
    const EndpointConfigs = page.map(({ EndpointConfigName, EndpointConfigArn, CreationTime }) => ({
      EndpointConfigName,
      EndpointConfigArn,
      CreationTime,
    }));
    return { EndpointConfigs, NextToken };
  },

  DeleteEndpointConfig({ EndpointConfigName }: { EndpointConfigName: string }, context) {
    const { EndpointConfigArn } = found<EndpointConfigRecord>(context, 'endpoint-config', EndpointConfigName);
    context.store.delete('endpoint-config', EndpointConfigName);
    dropTags(context, EndpointConfigArn);
    return undefined;
  },
};

function requireServable(context: Context, variant: ProductionVariant): void {
  const { VariantName, ModelName, InstanceType, InstancePools, InitialInstanceCount, ServerlessConfig } = variant;
  if (!ModelName)
    throw invalid(`Production variant ${VariantName} has no ModelName: inference components are not served locally.`);
  const model = found<ModelRecord>(context, 'model', ModelName);
  const instanceTypes = typesIn(variant);
  if (ServerlessConfig) {
    if (instanceTypes.length)
      throw invalid(`Production variant ${VariantName} has ServerlessConfig and instance types: expected one of them.`);
    requireServerless(variant, model);
    return;
  }
  if (!instanceTypes.length)
    throw invalid(`Production variant ${VariantName} has no InstanceType: expected one, or InstancePools.`);
  if (InstanceType && InstancePools)
    throw invalid(`Production variant ${VariantName} has InstanceType and InstancePools: expected one of them.`);
  if (InstancePools) requirePools(VariantName, InstancePools);
  if (!InitialInstanceCount)
    throw invalid(`Production variant ${VariantName} has no InitialInstanceCount: expected 1 or more.`);
  for (const type of instanceTypes) {
    requireFit(model, type);
    requireHostImage(variant, type);
  }
}

const typesIn = ({ InstanceType, InstancePools = [] }: ProductionVariant): string[] => [
  ...(InstanceType ? [InstanceType] : []),
  ...InstancePools.map((pool) => pool.InstanceType),
];

/** Whether AWS takes a type or a priority twice is not known. */
function requirePools(variant: string, pools: InstancePool[]): void {
  const has = `Production variant ${variant} has InstancePools with`;
  if (pools.some(({ ModelNameOverride }) => ModelNameOverride !== undefined))
    throw invalid(`${has} ModelNameOverride: the local SageMaker serves one model a variant.`);
  for (const member of ['InstanceType', 'Priority'] as const) {
    const values = pools.map((pool) => pool[member]);
    const repeated = values.find((value, index) => values.indexOf(value) !== index);
    if (repeated !== undefined) throw invalid(`${has} ${member} ${repeated} twice: expected each once.`);
  }
}

function requireVolumeKey({ KmsKeyId, ProductionVariants }: CreateEndpointConfig): void {
  const problem = volumeKeyProblem(KmsKeyId, ProductionVariants.flatMap(typesIn), 'KmsKeyId');
  if (problem) throw invalid(problem);
}

/** The machine images are made for an accelerator: "…-gpu-3-1", "…-neuron-2". */
function requireHostImage({ VariantName, InferenceAmiVersion }: ProductionVariant, type: string): void {
  if (InferenceAmiVersion === undefined) return;
  const wanted = /-(gpu|neuron)-/.exec(InferenceAmiVersion)?.[1];
  const accelerator = /^ml\.[gp]\d/.test(type) ? 'gpu' : /^ml\.(inf|trn)\d/.test(type) ? 'neuron' : 'none';
  if (wanted === accelerator) return;
  throw invalid(
    `Production variant ${VariantName} has InferenceAmiVersion ${InferenceAmiVersion} and InstanceType ${type}: expected a ${wanted} instance.`,
  );
}

const SERVERLESS_SIZES = [1024, 2048, 3072, 4096, 5120, 6144];

function requireServerless(
  { VariantName, InitialInstanceCount, ServerlessConfig, InferenceAmiVersion }: ProductionVariant,
  model: ModelRecord,
): void {
  const has = `Production variant ${VariantName} has ServerlessConfig and`;
  if (InitialInstanceCount) throw invalid(`${has} InitialInstanceCount: expected one of them.`);
  if (InferenceAmiVersion) throw invalid(`${has} InferenceAmiVersion: expected one of them.`);
  if (model.VpcConfig) throw invalid(`${has} a model with VpcConfig: serverless endpoints run in no VPC.`);
  if (model.EnableNetworkIsolation) throw invalid(`${has} a model with EnableNetworkIsolation: not supported.`);
  const { MemorySizeInMB = 0, MaxConcurrency = 0, ProvisionedConcurrency = 0 } = ServerlessConfig ?? {};
  // The service model has the ends of the range alone; ProductionVariantServerlessConfig's page has the steps.
  if (!SERVERLESS_SIZES.includes(MemorySizeInMB)) {
    throw invalid(
      `Value '${MemorySizeInMB}' at 'MemorySizeInMB' failed to satisfy constraint: ` +
        `Member must satisfy enum value set: [${SERVERLESS_SIZES.join(', ')}]`,
    );
  }
  if (ProvisionedConcurrency > MaxConcurrency) {
    throw invalid(`${has} ProvisionedConcurrency ${ProvisionedConcurrency}: expected at most ${MaxConcurrency}.`);
  }
  requireFit(model, 'serverless');
}

function requireDistinctNames(variants: ProductionVariant[]): void {
  const names = variants.map(({ VariantName }) => VariantName);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated) throw invalid(`Production variant name ${repeated} is used twice: expected distinct names.`);
}

function requireFit(model: ModelRecord, instanceType: string): void {
  const problem = processorProblem(containerOf(model).Image ?? '', instanceType);
  if (problem) throw invalid(problem);
}
