/**
 * Rules on the instances and images of the stages.
 * @module
 */
import { gpuWithoutCode } from '../gpus.js';
import {
  familyOf,
  hasGpu,
  hasLocalDisks,
  INSTANCES,
  otherProcessorOf,
  typesFor,
  typesOf,
  type Work,
} from '../instances.js';
import { nearest } from '../keys.js';
import { problem } from '../problem.js';
import type { FineTuneSpec } from '../schema.js';
import { COMPUTE_KEYS, computeKeysOf, JOB_STAGES, STAGES, type ComputeKey, type StageJobKind } from '../stages.js';
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

/** Every instance type that a run of this spec takes. */
const wantedIn = (spec: FineTuneSpec): Wanted[] => [
  ...computeKeysOf(spec).flatMap((key) => each(`compute.${key}`, workOn(key), spec.compute[key])),
  ...(spec.deploy ? each('deploy', 'hosting', spec.deploy) : []),
];

/** SageMaker's lists of instance types know no tuning: what it starts are training jobs. */
const WORK: Record<StageJobKind, Work> = { processing: 'processing', training: 'training', tuning: 'training' };

const workOn = (key: ComputeKey): Work => WORK[STAGES[JOB_STAGES.find((stage) => STAGES[stage].compute === key)!].as];

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

const offered = ({ work, instanceType }: Wanted): boolean => INSTANCES.get(instanceType)?.work.has(work) ?? false;

const instanceTypesExistForTheirWork: Rule = (spec) =>
  wantedIn(spec)
    .filter((wanted) => !offered(wanted))
    .map(({ field, work, instanceType }) =>
      problem(
        field,
        instanceType,
        `an instance type that SageMaker offers for ${work}`,
        mendOfType(instanceType, work),
      ),
    );

/** The one that was probably meant, else its family's, else the families. */
function mendOfType(instanceType: string, work: Work): string {
  const types = typesFor(work);
  const numbers = (type: string): string => (type.match(/\d+/g) ?? []).join();
  // A slip of letters; of a size that there is not, no other one is meant, and all of its family are offered.
  const alike = types.filter((type) => numbers(type) === numbers(instanceType));
  const slip = nearest(instanceType, alike);
  if (slip) return `did you mean ${slip}?`;
  const family = types.filter((type) => familyOf(type) === familyOf(instanceType));
  if (family.length > 0) return `choose one of: ${family.join(', ')}`;
  const meant = nearest(instanceType, types);
  if (meant) return `did you mean ${meant}?`;
  return `choose a family of: ${[...new Set(types.map(familyOf))].join(', ')}`;
}

const gpusFitTheImages: Rule = (spec) =>
  wantedIn(spec).flatMap((wanted) => {
    const { stage, field, work, instanceType, imageUri } = wanted;
    if (imageUri || !offered(wanted) || otherProcessorOf(instanceType)) return [];
    const gpu = gpuWithoutCode(work === 'hosting' ? 'inference' : 'job', instanceType);
    if (gpu === undefined) return [];
    const rule = `a GPU that the torch of AWS's image has code for; it has none for ${gpu}`;
    return [problem(field, instanceType, rule, `choose another type (ml.g5), or name an image in ${stage}.imageUri`)];
  });

const volumesFitTheDisks: Rule = ({ compute }) =>
  COMPUTE_KEYS.flatMap((key) => {
    const { instanceType, volumeGb } = compute[key];
    const small = typesOf(instanceType).find((type) => hasLocalDisks(type) && INSTANCES.get(type)!.diskGb < volumeGb);
    if (small === undefined) return [];
    const { diskGb } = INSTANCES.get(small)!;
    const rule = `at most ${diskGb}: ${small} has disks of its own, of ${diskGb} GB together, and takes no other volume`;
    return [problem(`compute.${key}.volumeGb`, volumeGb, rule, 'lower it, or choose a type with larger disks')];
  });

const processorsFitTheImages: Rule = (spec) =>
  wantedIn(spec).flatMap((wanted) => {
    const { stage, field, instanceType, imageUri } = wanted;
    const processor = otherProcessorOf(instanceType);
    return processor && !imageUri && offered(wanted)
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

const imageUrisHaveNoSpaces: Rule = (spec) =>
  stagesIn(spec)
    .filter(([, { imageUri }]) => imageUri !== undefined && !/^\S+$/.test(imageUri))
    .map(([stage, { imageUri }]) =>
      problem(`${stage}.imageUri`, imageUri, 'an image URI without spaces', 'write <registry>/<repository>:<tag>'),
    );

const prefixed = <T>(prefix: string, stages: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(stages).map(([name, stage]) => [`${prefix}.${name}`, stage]));

/** Jobs and endpoint, by their path in the spec. */
export const stagesIn = ({ compute, deploy }: FineTuneSpec) =>
  Object.entries({ ...prefixed('compute', compute), ...(deploy ? { deploy } : {}) });

const eachTypeOfAStageIsNamedOnce: Rule = (spec) =>
  stagesIn(spec).flatMap(([stage, { instanceType }]) =>
    typesOf(instanceType).flatMap((type, i, types) =>
      types.indexOf(type) < i
        ? [problem(`${stage}.instanceType[${i}]`, type, 'each instance type once', 'remove the repetition')]
        : [],
    ),
  );

const theTypesOfAStageShareAnImage: Rule = (spec) =>
  stagesIn(spec).flatMap(([stage, { instanceType, imageUri }]) => {
    const [first = '', ...others] = typesOf(instanceType);
    const kind = (type: string): string => (hasGpu(type) ? 'GPU' : 'CPU');
    const odd = others.find((type) => hasGpu(type) !== hasGpu(first));
    return odd === undefined || imageUri !== undefined
      ? []
      : [
          problem(
            `${stage}.instanceType`,
            instanceType,
            `types that run the same image; ${first} has a ${kind(first)}, ${odd} a ${kind(odd)}`,
            `name only ${kind(first)} types, or an image that runs on both in ${stage}.imageUri`,
          ),
        ];
  });

const waitsForSpotComeWithSpot: Rule = ({ compute: { train } }) =>
  train.maxWaitSeconds !== undefined && !train.spot
    ? [
        problem(
          'compute.train.maxWaitSeconds',
          train.maxWaitSeconds,
          'only with compute.train.spot: true; on demand nothing waits so',
          'remove it, or ask for spot',
        ),
      ]
    : [];

const waitsForSpotHoldTheTraining: Rule = ({ compute: { train } }) =>
  train.maxWaitSeconds !== undefined && train.maxWaitSeconds < train.maxRuntimeSeconds
    ? [
        problem(
          'compute.train.maxWaitSeconds',
          train.maxWaitSeconds,
          `at least compute.train.maxRuntimeSeconds (${train.maxRuntimeSeconds}): it counts waiting and training together`,
          'raise it, or lower maxRuntimeSeconds',
        ),
      ]
    : [];

export const computeRules = {
  eachTypeOfAStageIsNamedOnce,
  theTypesOfAStageShareAnImage,
  waitsForSpotComeWithSpot,
  waitsForSpotHoldTheTraining,
  instanceTypesExistForTheirWork,
  processorsFitTheImages,
  gpusFitTheImages,
  volumesFitTheDisks,
  imageUrisHaveNoSpaces,
} as const satisfies Record<string, Rule>;
