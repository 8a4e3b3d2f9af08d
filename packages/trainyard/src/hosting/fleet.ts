/**
 * Plans of fleets: which instances of which models, made from an endpoint configuration or from the fleet before.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { seconds, type Context } from '../context.js';
import { invalid } from '../errors.js';
import { containerOf } from './models.js';
import {
  found,
  type Container,
  type EndpointConfigRecord,
  type Fleet,
  type ModelRecord,
  type ProductionVariant,
  type S3ModelSource,
  type Variant,
} from './records.js';

/** Unless the variant sets its own; AWS's values. */
const DOWNLOAD_SECONDS = 3600;
const STARTUP_SECONDS = 240;

/** @throws ValidationException when the configuration or one of its models is not there */
export function planFleet(context: Context, configName: string): Fleet {
  const config = found<EndpointConfigRecord>(context, 'endpoint-config', configName);
  return {
    configName,
    startTime: seconds(context.now()),
    variants: config.ProductionVariants.map((variant) => planVariant(context, variant)),
  };
}

function planVariant(context: Context, variant: ProductionVariant): Variant {
  const model = found<ModelRecord>(context, 'model', variant.ModelName ?? '');
  const container = containerOf(model);
  return {
    name: variant.VariantName,
    weight: variant.InitialVariantWeight ?? 1,
    instanceType: variant.InstanceType,
    pools: variant.InstancePools?.toSorted((a, b) => a.Priority - b.Priority).map(({ InstanceType }) => InstanceType),
    serverless: variant.ServerlessConfig,
    image: container.Image ?? '',
    source: sourceOf(container),
    environment: container.Environment ?? {},
    isolated: model.EnableNetworkIsolation,
    downloadMs: (variant.ModelDataDownloadTimeoutInSeconds ?? DOWNLOAD_SECONDS) * 1000,
    startupMs: (variant.ContainerStartupHealthCheckTimeoutInSeconds ?? STARTUP_SECONDS) * 1000,
    instances: newInstances(variant.InitialInstanceCount ?? 1),
  };
}

function sourceOf({ ModelDataUrl, ModelDataSource }: Container): S3ModelSource | undefined {
  if (ModelDataUrl) return { S3Uri: ModelDataUrl, S3DataType: 'S3Object', CompressionType: 'Gzip' };
  return ModelDataSource?.S3DataSource;
}

/** Other weights and counts for some variants; instances that stay keep running. */
export interface Change {
  variant: string;
  weight?: number;
  count?: number;
}

/** @throws ValidationException for a variant that the fleet lacks */
export function changeFleet(fleet: Fleet, changes: Change[], startTime: number): Fleet {
  const names = fleet.variants.map(({ name }) => name);
  const unknown = changes.find(({ variant }) => !names.includes(variant));
  if (unknown) throw invalid(`Variant ${unknown.variant} is not in service: expected one of ${names.join(', ')}.`);
  const variants = fleet.variants.map((variant) => {
    const change = changes.find((one) => one.variant === variant.name);
    return change ? resized({ ...variant, weight: change.weight ?? variant.weight }, change.count) : variant;
  });
  return { ...fleet, startTime, variants };
}

/** The weights and counts of the fleet before, for the variants that the new one has too. */
export function retainProperties(planned: Fleet, before: Fleet, excluded: string[]): Fleet {
  const variants = planned.variants.map((variant) => {
    const old = before.variants.find(({ name }) => name === variant.name);
    if (!old) return variant;
    const weight = excluded.includes('DesiredWeight') ? variant.weight : old.weight;
    return resized(
      { ...variant, weight },
      excluded.includes('DesiredInstanceCount') ? undefined : old.instances.length,
    );
  });
  return { ...planned, variants };
}

function resized(variant: Variant, count = variant.instances.length): Variant {
  const kept = variant.instances.slice(0, count);
  return { ...variant, instances: [...kept, ...newInstances(count - kept.length)] };
}

const newInstances = (count: number): string[] =>
  Array.from({ length: count }, () => `i-${randomBytes(8).toString('hex')}`);
