/**
 * Rules on what the AWS account holds: network, keys, tags.
 * @module
 */
import { commitIn } from '../bases.js';
import { hasLocalDisks, typesOf } from '../instances.js';
import { problem } from '../problem.js';
import { claimsS3, isLocalBase } from '../sources.js';
import { computeKeysOf } from '../stages.js';
import { stagesIn } from './compute.js';
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
  isolation && !claimsS3(base) && !isLocalBase(base) && commitIn(base) === undefined
    ? [
        problem(
          'base',
          base,
          'an S3 prefix, a local folder, or a commit (owner/name@<40 hex digits>) that a run without isolation has copied into the bucket, because network.isolation keeps the hub out of reach',
          'name a copy of the model, or drop network.isolation',
        ),
      ]
    : [];

/** By the image, or by a channel: no container in isolation reaches a package index. */
const isolatedJobsBringTheirPackages: Rule = (spec) =>
  spec.network.isolation && spec.network.wheelhouse === undefined
    ? computeKeysOf(spec)
        .filter((key) => spec.compute[key].imageUri === undefined)
        .map((key) =>
          problem(
            `compute.${key}.imageUri`,
            undefined,
            "an image of your own with the packages of its lock (python/locks), or network.wheelhouse: AWS's image lacks them, and network.isolation keeps every index out of reach",
            'put the wheels into S3 and name their folder in network.wheelhouse, name such an image, or drop network.isolation',
          ),
        )
    : [];

const wheelhousesLieInS3: Rule = ({ network: { wheelhouse } }) =>
  wheelhouse === undefined || claimsS3(wheelhouse)
    ? []
    : [
        problem(
          'network.wheelhouse',
          wheelhouse,
          'an S3 prefix that holds wheels',
          'upload the folder (aws s3 sync), and name the prefix',
        ),
      ];

/** ProcessingInputs of SageMaker's API: ten at most, which an evaluation with all that there is takes already. */
const wheelhousesLeaveRoomForTheInputs: Rule = ({ network: { wheelhouse }, gate: { guards }, tune }) =>
  wheelhouse !== undefined && guards.length > 0 && tune !== undefined
    ? [
        problem(
          'network.wheelhouse',
          wheelhouse,
          'no wheels beside both tune and gate.guards: SageMaker gives a job ten inputs, and the evaluation would need eleven',
          'leave out one of the three, or give images that hold the packages of their lock (python/locks) in compute.<stage>.imageUri',
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

/** A stage has one key for all of its types, and it is left out where the hardware encrypts. */
const volumeKeysMeetOneKindOfDisk: Rule = (spec) =>
  stagesIn(spec).flatMap(([stage, { instanceType }]) =>
    spec.encryption.volumeKmsKeyId !== undefined && new Set(typesOf(instanceType).map(hasLocalDisks)).size > 1
      ? [
          problem(
            `${stage}.instanceType`,
            instanceType,
            'only types with disks of their own, or only types without, because encryption.volumeKmsKeyId is set',
            'leave out those of one kind (ml.g5 and ml.g4dn have disks of their own), or drop volumeKmsKeyId',
          ),
        ]
      : [],
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
  isolatedJobsBringTheirPackages,
  wheelhousesLieInS3,
  wheelhousesLeaveRoomForTheInputs,
  keysAreKeyIds,
  volumeKeysMeetOneKindOfDisk,
  tagsAreTagsAwsTakes,
} as const satisfies Record<string, Rule>;
