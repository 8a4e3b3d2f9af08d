/**
 * Which engine computes the vectors of an endpoint.
 * @module
 */
import { hasGpu, typesOf } from './instances.js';
import type { FineTuneSpec } from './schema.js';

/** What serves. */
export const ENGINES = ['float32', 'int8'] as const;
export type Engine = (typeof ENGINES)[number];

/**
 * What evaluate is to measure for the endpoint: `int8`; `auto`, which takes int8 where it loses little; or float32 alone. A
 * GPU has no use for int8; an image of one's own is not known to hold what runs it, and an isolated container of AWS's image
 * gets that from the wheelhouse alone.
 */
export function engineToMeasure({ deploy, network }: Pick<FineTuneSpec, 'deploy' | 'network'>): Engine | 'auto' {
  if (deploy === false) return 'float32';
  const onGpu = !deploy.serverless && typesOf(deploy.instanceType).some(hasGpu);
  if (deploy.engine !== 'auto') return deploy.engine;
  const withoutRuntime = deploy.imageUri !== undefined || (network.isolation && network.wheelhouse === undefined);
  return onGpu || withoutRuntime ? 'float32' : 'auto';
}
