/**
 * "You can't request a VolumeKmsKeyId when using an instance type with local storage": ResourceConfig in SageMaker's API
 * reference; ProcessingClusterConfig says the same, and CreateEndpointConfig of its KmsKeyId.
 * @module
 */

/** Families whose disks are their own. Source: AWS's pages of these instance types. */
const LOCAL_STORAGE = new Set(
  'c5d c6gd dl1 g4dn g5 g6 g6e g7 g7e m5d m6gd p3dn p4d p4de p5 p5e p5en p6-b200 p6-b300 p6e-gb200 r5d r6gd r7gd trn1 trn1n trn2'.split(
    ' ',
  ),
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
export function volumeKeyProblem(
  key: string | undefined,
  types: string[],
  member: 'VolumeKmsKeyId' | 'KmsKeyId' = 'VolumeKmsKeyId',
): string | undefined {
  const type = types.find((one) => LOCAL_STORAGE.has(one.split('.')[1] ?? ''));
  if (key === undefined || type === undefined) return undefined;
  return `${member} cannot be requested with ${type}, which has local storage.`;
}
