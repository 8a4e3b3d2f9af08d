/**
 * Where a job may run, in the order in which it is tried: spot on each type first, then on demand.
 * @module
 */
import { typesOf } from './instances.js';

export interface Place {
  /** In the order of preference; several only on demand, where SageMaker itself goes from one to the next. */
  instanceTypes: string[];
  spot: boolean;
}

/** SageMaker takes no list of types together with spot, so each spot type is a place of its own. */
export function placesOf({
  instanceType,
  spot = false,
}: {
  instanceType: string | readonly string[];
  spot?: boolean;
}): Place[] {
  const types = typesOf(instanceType);
  return [
    ...(spot ? types.map((type) => ({ instanceTypes: [type], spot: true })) : []),
    { instanceTypes: [...types], spot: false },
  ];
}

/**
 * The places that are left when the first had nothing to give; none where it was the last.
 *
 * @param lacking  the one type of a list that the quota refuses; absent: no type of the list has capacity
 */
export function placesAfter([place, ...rest]: readonly Place[], lacking?: string): Place[] {
  const left = place!.instanceTypes.filter((type) => type !== lacking);
  return lacking !== undefined && left.length > 0 ? [{ ...place!, instanceTypes: left }, ...rest] : rest;
}

/** "spot ml.g5.xlarge", "ml.g5.xlarge or ml.g4dn.xlarge" */
export const placeInWords = ({ instanceTypes, spot }: Place): string =>
  `${spot ? 'spot ' : ''}${instanceTypes.join(' or ')}`;
