/**
 * The instances of a job: one type, or SageMaker's own choice from a list of preferences.
 * @module
 */
import { hasLocalDisks } from '../../spec/instances.js';
import type { Place } from '../../spec/places.js';
import type { FineTuneSpec } from '../../spec/schema.js';

interface Cluster<Type extends string> {
  InstanceType?: Type;
  InstanceCount?: number;
  InstancePreferences?: { InstanceType: Type; InstanceCount: number }[];
}

/** @typeParam Type  the API's enum: training and processing have one each */
export function clusterOf<Type extends string>({ instanceTypes }: Place, count: number): Cluster<Type> {
  const types = instanceTypes as Type[];
  return types.length === 1
    ? { InstanceType: types[0]!, InstanceCount: count }
    : { InstancePreferences: types.map((InstanceType) => ({ InstanceType, InstanceCount: count })) };
}

/** None for disks inside the instances: SageMaker refuses one there, and their hardware encrypts them anyhow. */
export const volumeKeyOf = ({ encryption }: FineTuneSpec, { instanceTypes }: Place): string | undefined =>
  instanceTypes.some(hasLocalDisks) ? undefined : encryption.volumeKmsKeyId;
