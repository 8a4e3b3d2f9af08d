/**
 * Rules that need more than one field, or more than a type. A rule's name is a sentence that is true of good specs.
 * @module
 */
import { knownBase } from './bases.js';
import { FAMILIES, familyOf, hasLocalDisks, otherProcessorOf, type Work } from './instances.js';
import { problem, type Problem } from './problem.js';
import type { FineTuneSpec } from './schema.js';
import { claimsS3, dataSourcesOf, isLocalBase, parseS3Uri } from './sources.js';

export type Rule = (spec: FineTuneSpec) => Problem[];

const dataHasExactlyOneForm: Rule = ({ data }) => {
  const beir = data.corpus !== undefined || data.queries !== undefined || data.qrels !== undefined;
  const forms = [
    data.pairs !== undefined && 'pairs',
    beir && 'corpus, queries and qrels',
    data.documents !== undefined && 'documents',
  ].filter(Boolean);
  if (forms.length === 1) return [];
  const found = forms.length ? forms.join('; ') : null;
  return [
    problem('data', found, 'exactly one form: pairs; or corpus, queries and qrels; or documents', 'keep one form'),
  ];
};

const aCorpusComesWithQueriesAndQrels: Rule = ({ data }) => {
  const parts = ['corpus', 'queries', 'qrels'] as const;
  const missing = parts.filter((part) => data[part] === undefined);
  if (missing.length === 0 || missing.length === parts.length) return [];
  return missing.map((part) => problem(`data.${part}`, undefined, 'corpus, queries and qrels together', `add ${part}`));
};

const pairsAreJsonLines: Rule = ({ data: { pairs } }) =>
  pairs !== undefined && /\.(csv|tsv|json|parquet|arrow|xlsx?|txt|ya?ml)(\.gz)?$/i.test(pairs)
    ? [
        problem(
          'data.pairs',
          pairs,
          'JSON Lines (.jsonl or .jsonl.gz)',
          'write one {"query", "document"} object a line',
        ),
      ]
    : [];

const splitLeavesSomethingToTrainOn: Rule = ({ data: { split } }) =>
  split.dev + split.test < 1
    ? []
    : [
        problem(
          'data.split',
          { dev: split.dev, test: split.test },
          'dev + test below 1',
          'lower dev or test: the rest is trained on',
        ),
      ];

const s3UrisAreWhole: Rule = (spec) =>
  [...dataSourcesOf(spec), { field: 'base', source: spec.base }]
    .filter(({ source }) => claimsS3(source) && (!parseS3Uri(source)?.key || source.length > 1024))
    .map(({ field, source }) =>
      problem(field, source, 's3://<bucket>/<key>, at most 1,024 characters', 'correct the URI'),
    );

const baseIsAHubIdAFolderOrAnS3Prefix: Rule = ({ base }) =>
  claimsS3(base) || isLocalBase(base) || /^[\w.-]+(\/[\w.-]+)?$/.test(base)
    ? []
    : [
        problem(
          'base',
          base,
          'a hub id (owner/name), a folder (./model) or an S3 prefix',
          'correct it; a folder starts with ./ or /',
        ),
      ];

const dimensionsDescend: Rule = ({ train: { dimensions = [] } }) =>
  dimensions.every((size, i) => i === 0 || size < dimensions[i - 1]!)
    ? []
    : [
        problem(
          'train.dimensions',
          dimensions,
          'sizes from the largest to the smallest, each once',
          `write [${[...new Set(dimensions)].sort((a, b) => b - a).join(', ')}]`,
        ),
      ];

const dimensionsLieWithinTheBases: Rule = ({ base, train: { dimensions = [] } }) => {
  const own = knownBase(base)?.dimensions;
  return dimensions.flatMap((size, i) =>
    own !== undefined && size > own
      ? [problem(`train.dimensions[${i}]`, size, `at most ${own}, the size of ${base}`, `remove ${size}`)]
      : [],
  );
};

const maxSeqLengthLiesWithinTheBases: Rule = ({ base, train: { maxSeqLength } }) => {
  const own = knownBase(base)?.maxSeqLength;
  return own !== undefined && maxSeqLength > own
    ? [
        problem(
          'train.maxSeqLength',
          maxSeqLength,
          `at most ${own} tokens, the limit of ${base}`,
          `write ${own} or less, or choose a base that reads longer texts`,
        ),
      ]
    : [];
};

const maxPairsFillABatch: Rule = ({ train: { maxPairs, batchSize } }) =>
  maxPairs !== undefined && maxPairs < batchSize
    ? [
        problem(
          'train.maxPairs',
          maxPairs,
          `at least train.batchSize (${batchSize})`,
          'raise it, or lower train.batchSize',
        ),
      ]
    : [];

const stagesOf = ({
  compute,
  deploy,
}: FineTuneSpec): { field: string; work: Work; instanceType: string; imageUri?: string }[] => [
  { field: 'compute.prepare', work: 'processing', ...compute.prepare },
  { field: 'compute.train', work: 'training', ...compute.train },
  { field: 'compute.evaluate', work: 'processing', ...compute.evaluate },
  ...(deploy ? [{ field: 'deploy', work: 'hosting' as const, ...deploy }] : []),
];

const instanceTypesExistForTheirWork: Rule = (spec) =>
  stagesOf(spec)
    .filter(({ work, instanceType }) => !FAMILIES[work].has(familyOf(instanceType)))
    .map(({ field, work, instanceType }) =>
      problem(
        `${field}.instanceType`,
        instanceType,
        `an instance type that SageMaker offers for ${work}`,
        `choose a family of: ${[...FAMILIES[work]].join(', ')}`,
      ),
    );

const processorsFitTheImages: Rule = (spec) =>
  stagesOf(spec).flatMap(({ field, work, instanceType, imageUri }) => {
    const processor = otherProcessorOf(instanceType);
    return processor && !imageUri && FAMILIES[work].has(familyOf(instanceType))
      ? [
          problem(
            `${field}.instanceType`,
            instanceType,
            `an x86 CPU or NVIDIA GPU; this one is ${processor}`,
            `choose another type (ml.c6i, ml.g5), or name an image for it in ${field}.imageUri`,
          ),
        ]
      : [];
  });

const imageUrisHaveNoSpaces: Rule = (spec) =>
  stagesOf(spec)
    .filter(({ imageUri }) => imageUri !== undefined && !/^\S+$/.test(imageUri))
    .map(({ field, imageUri }) =>
      problem(`${field}.imageUri`, imageUri, 'an image URI without spaces', 'write <registry>/<repository>:<tag>'),
    );

const endpointNameIsOneSageMakerTakes: Rule = ({ deploy }) =>
  deploy && deploy.endpoint !== undefined && !/^[a-z0-9](-*[a-z0-9]){0,62}$/.test(deploy.endpoint)
    ? [
        problem(
          'deploy.endpoint',
          deploy.endpoint,
          'lower-case letters, digits and inner hyphens, at most 63',
          'choose such a name',
        ),
      ]
    : [];

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

const volumeKeysMeetVolumesTheyCanEncrypt: Rule = ({ compute, encryption: { volumeKmsKeyId } }) =>
  volumeKmsKeyId === undefined
    ? []
    : (['prepare', 'train', 'evaluate'] as const)
        .filter((stage) => hasLocalDisks(compute[stage].instanceType))
        .map((stage) =>
          problem(
            `compute.${stage}.instanceType`,
            compute[stage].instanceType,
            'a type without disks of its own, because encryption.volumeKmsKeyId is set',
            'choose such a type (ml.m5, ml.c6i, ml.p3), or drop volumeKmsKeyId: these disks are encrypted by their hardware',
          ),
        );

/** 50 on a resource, less those that attune sets itself: workflow, run, stage, request hash. */
const OWN_TAGS = 4;

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

const eachWorkflowIsNotifiedOnce: Rule = ({ notify }) =>
  notify.flatMap(({ workflowId }, i) =>
    notify.findIndex((other) => other.workflowId === workflowId) < i
      ? [problem(`notify[${i}].workflowId`, workflowId, 'each workflow once', 'remove the repetition')]
      : [],
  );

const freshJobsAreLookedAtMoreOften: Rule = ({ timings: { freshPollSeconds, pollSeconds } }) =>
  freshPollSeconds <= pollSeconds
    ? []
    : [
        problem(
          'timings.freshPollSeconds',
          freshPollSeconds,
          `at most timings.pollSeconds (${pollSeconds})`,
          'lower it, or raise timings.pollSeconds',
        ),
      ];

export const RULES = {
  dataHasExactlyOneForm,
  aCorpusComesWithQueriesAndQrels,
  pairsAreJsonLines,
  splitLeavesSomethingToTrainOn,
  s3UrisAreWhole,
  baseIsAHubIdAFolderOrAnS3Prefix,
  dimensionsDescend,
  dimensionsLieWithinTheBases,
  maxSeqLengthLiesWithinTheBases,
  maxPairsFillABatch,
  instanceTypesExistForTheirWork,
  processorsFitTheImages,
  imageUrisHaveNoSpaces,
  endpointNameIsOneSageMakerTakes,
  subnetsComeWithSecurityGroups,
  networkIdsAreIds,
  isolatedRunsBringTheirBase,
  keysAreKeyIds,
  volumeKeysMeetVolumesTheyCanEncrypt,
  tagsAreTagsAwsTakes,
  eachWorkflowIsNotifiedOnce,
  freshJobsAreLookedAtMoreOften,
} as const satisfies Record<string, Rule>;

/** Every problem at once: nobody should mend a spec one error at a time. */
export const problemsOf = (spec: FineTuneSpec): Problem[] => Object.values<Rule>(RULES).flatMap((rule) => rule(spec));

/** What a worker adds: it cannot read the submitter's disk, so every file must lie in S3 by then. */
export const localSourcesOf = (spec: FineTuneSpec): Problem[] => [
  ...dataSourcesOf(spec)
    .filter(({ source }) => !claimsS3(source))
    .map(({ field, source }) =>
      problem(
        field,
        source,
        'an S3 URI: the worker cannot read local files',
        'submit with the attune client, which uploads them',
      ),
    ),
  ...(isLocalBase(spec.base)
    ? [
        problem(
          'base',
          spec.base,
          'a hub id or an S3 prefix: the worker cannot read local files',
          'submit with the attune client, which uploads the folder',
        ),
      ]
    : []),
];
