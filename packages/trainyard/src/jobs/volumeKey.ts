/**
 * "You can't request a VolumeKmsKeyId when using an instance type with local storage": ResourceConfig in SageMaker's API
 * reference; ProcessingClusterConfig says the same.
 * @module
 */

/** Families of training and processing types whose disks are their own. Source: AWS's pages of these instance types. */
const LOCAL_STORAGE = new Set(
  'c5d g4dn g5 g6 g6e g7 g7e m5d p3dn p4d p4de p5 p5e p5en p6-b200 p6-b300 p6e-gb200 r5d trn1 trn1n trn2'.split(' '),
);

interface Types {
  InstanceType?: string;
  InstancePreferences?: { InstanceType?: string }[];
  InstanceGroups?: { InstanceType?: string }[];
}

export const typesIn = ({ InstanceType, InstancePreferences = [], InstanceGroups = [] }: Types): string[] =>
  [InstanceType, ...[...InstancePreferences, ...InstanceGroups].map((one) => one.InstanceType)].filter(
    (type) => type !== undefined,
  );

/** The rule that the key breaks, as a sentence. */
export function volumeKeyProblem(key: string | undefined, types: string[]): string | undefined {
  const type = types.find((one) => LOCAL_STORAGE.has(one.split('.')[1] ?? ''));
  if (key === undefined || type === undefined) return undefined;
  return `VolumeKmsKeyId cannot be requested with ${type}, which has local storage.`;
}
