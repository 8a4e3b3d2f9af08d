/**
 * Rules on what the AWS account holds: network, keys, tags.
 * @module
 */
import { hasLocalDisks, typesOf } from '../instances.js';
import { problem } from '../problem.js';
import { claimsS3, isLocalBase } from '../sources.js';
import { COMPUTE_KEYS } from '../stages.js';
import type { Rule } from './rule.js';

const subnetsComeWithSecurityGroups: Rule = ({ network: { subnets, securityGroupIds } }) => {
  if ((subnets === undefined) === (securityGroupIds === undefined)) return [];
  const missing = subnets === undefined ? 'subnets' : 'securityGroupIds';
  return [problem(`network.${missing}`, undefined, 'subnets and securityGroupIds together', `add ${missing}`)];
};

const networkIdsAreIds: Rule = ({ network }) =>
  (['subnets', 'securityGroupIds'] as const).flatMap((key) =>
    (network[key] ?? []).flatMap((id, i) => {
      const prefix = key === 'subnets' ? 'subnet' : 'sg';
      return /^(subnet|sg)-[0-9a-zA-Z-]+$/.test(id) && id.startsWith(`${prefix}-`) && id.length <= 32
        ? []
        : [problem(`network.${key}[${i}]`, id, `an id such as ${prefix}-0a1b2c3d`, 'copy the id, not the name')];
    }),
  );

const isolatedRunsBringTheirBase: Rule = ({ base, network: { isolation } }) =>
  isolation && !claimsS3(base) && !isLocalBase(base)
    ? [
        problem(
          'base',
          base,
          'an S3 prefix or a local folder, because network.isolation keeps the hub out of reach',
          'name a copy of the model, or drop network.isolation',
        ),
      ]
    : [];

const keysAreKeyIds: Rule = ({ encryption }) =>
  (['outputKmsKeyId', 'volumeKmsKeyId'] as const)
    .filter((key) => encryption[key] !== undefined && !/^[a-zA-Z0-9:/_-]+$/.test(encryption[key]))
    .map((key) =>
      problem(
        `encryption.${key}`,
        encryption[key],
        'a KMS key id, key ARN, alias or alias ARN',
        "copy it from the key's page",
      ),
    );

/** A job has one key for all of its types, and it is left out where the hardware encrypts. */
const volumeKeysMeetOneKindOfDisk: Rule = ({ compute, encryption: { volumeKmsKeyId } }) =>
  volumeKmsKeyId === undefined
    ? []
    : COMPUTE_KEYS.filter((key) => new Set(typesOf(compute[key].instanceType).map(hasLocalDisks)).size > 1).map((key) =>
        problem(
          `compute.${key}.instanceType`,
          compute[key].instanceType,
          'only types with disks of their own, or only types without, because encryption.volumeKmsKeyId is set',
          'leave out those of one kind (ml.g5 and ml.g4dn have disks of their own), or drop volumeKmsKeyId',
        ),
      );

/** As many as a resource may get of attune's own. */
const OWN_TAGS = 12;

const tagsAreTagsAwsTakes: Rule = ({ tags }) => {
  const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
  const names = Object.keys(tags);
  const room = 50 - OWN_TAGS;
  return [
    ...(names.length > room
      ? [problem('tags', names.length, `at most ${room} tags`, `remove ${names.length - room}`)]
      : []),
    ...names
      .filter((name) => /^(aws|attune):/i.test(name))
      .map((name) =>
        problem(`tags.${name}`, name, 'a name outside aws: and attune:, which are reserved', 'rename the tag'),
      ),
    ...Object.entries(tags)
      .filter(([name, value]) => !allowed.test(name) || !allowed.test(value))
      .map(([name, value]) =>
        problem(
          `tags.${name}`,
          value,
          'letters, digits, spaces and _.:/=+-@ in name and value',
          'remove the other characters',
        ),
      ),
  ];
};

export const accountRules = {
  subnetsComeWithSecurityGroups,
  networkIdsAreIds,
  isolatedRunsBringTheirBase,
  keysAreKeyIds,
  volumeKeysMeetOneKindOfDisk,
  tagsAreTagsAwsTakes,
} as const satisfies Record<string, Rule>;
