/**
 * Rules on the instances and images of the stages.
 * @module
 */
import { FAMILIES, familyOf, otherProcessorOf, type Work } from '../instances.js';
import { problem } from '../problem.js';
import type { FineTuneSpec } from '../schema.js';
import type { Rule } from './rule.js';

interface Wanted {
  /** Path of the stage in the spec. */
  stage: string;
  /** Path of the instance type. */
  field: string;
  work: Work;
  instanceType: string;
  imageUri?: string;
}

/** Every instance type that a spec names. */
const wantedIn = ({ compute, deploy }: FineTuneSpec): Wanted[] => [
  ...each('compute.prepare', 'processing', compute.prepare),
  ...each('compute.train', 'training', compute.train),
  ...each('compute.evaluate', 'processing', compute.evaluate),
  ...(deploy ? each('deploy', 'hosting', deploy) : []),
];

function each(
  stage: string,
  work: Work,
  { instanceType, imageUri }: { instanceType: string | string[]; imageUri?: string },
): Wanted[] {
  const field = `${stage}.instanceType`;
  return typeof instanceType === 'string'
    ? [{ stage, field, work, instanceType, imageUri }]
    : instanceType.map((type, i) => ({ stage, field: `${field}[${i}]`, work, instanceType: type, imageUri }));
}

const instanceTypesExistForTheirWork: Rule = (spec) =>
  wantedIn(spec)
    .filter(({ work, instanceType }) => !FAMILIES[work].has(familyOf(instanceType)))
    .map(({ field, work, instanceType }) =>
      problem(
        field,
        instanceType,
        `an instance type that SageMaker offers for ${work}`,
        `choose a family of: ${[...FAMILIES[work]].join(', ')}`,
      ),
    );

const processorsFitTheImages: Rule = (spec) =>
  wantedIn(spec).flatMap(({ stage, field, work, instanceType, imageUri }) => {
    const processor = otherProcessorOf(instanceType);
    return processor && !imageUri && FAMILIES[work].has(familyOf(instanceType))
      ? [
          problem(
            field,
            instanceType,
            `an x86 CPU or NVIDIA GPU; this one is ${processor}`,
            `choose another type (ml.c6i, ml.g5), or name an image for it in ${stage}.imageUri`,
          ),
        ]
      : [];
  });

const imageUrisHaveNoSpaces: Rule = ({ compute, deploy }) =>
  Object.entries({ ...prefixed('compute', compute), ...(deploy ? { deploy } : {}) })
    .filter(([, { imageUri }]) => imageUri !== undefined && !/^\S+$/.test(imageUri))
    .map(([stage, { imageUri }]) =>
      problem(`${stage}.imageUri`, imageUri, 'an image URI without spaces', 'write <registry>/<repository>:<tag>'),
    );

const prefixed = <T>(prefix: string, stages: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(stages).map(([name, stage]) => [`${prefix}.${name}`, stage]));

export const computeRules = {
  instanceTypesExistForTheirWork,
  processorsFitTheImages,
  imageUrisHaveNoSpaces,
} as const satisfies Record<string, Rule>;
