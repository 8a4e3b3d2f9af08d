/**
 * The instances of a job: one type, or SageMaker's own choice from a list of preferences.
 * @module
 */
import type { Place } from '../../spec/places.js';

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
