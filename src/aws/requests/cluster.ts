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

/** None where the instances have disks of their own: their hardware encrypts those, and AWS refuses a key for them. */
export const volumeKeyOf = (
  { instanceTypes }: Place,
  { volumeKmsKeyId }: FineTuneSpec['encryption'],
): string | undefined => (instanceTypes.some(hasLocalDisks) ? undefined : volumeKmsKeyId);

/** @typeParam Type  the API's enum: training and processing have one each */
export function clusterOf<Type extends string>({ instanceTypes }: Place, count: number): Cluster<Type> {
  const types = instanceTypes as Type[];
  return types.length === 1
    ? { InstanceType: types[0]!, InstanceCount: count }
    : { InstancePreferences: types.map((InstanceType) => ({ InstanceType, InstanceCount: count })) };
}
