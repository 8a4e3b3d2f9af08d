/**
 * Instance families that SageMaker takes for each kind of work, and what they mean for a run.
 * Source: the enums TrainingInstanceType, ProcessingInstanceType and ProductionVariantInstanceType of AWS's service model
 * (botocore 1.44.5); a test holds this table against the AWS SDK's enums.
 * @module
 */
export type Work = 'training' | 'processing' | 'hosting';

const both =
  'c4 c5 c6i c7i c7i-flex c8i c8i-flex g4dn g5 g6 g6e g7 g7e m4 m5 m6i m7i m7i-flex m8i m8i-flex p2 p3 p5 r5 r5d r6i r7i r8i r8i-flex t3';

export const FAMILIES: Record<Work, ReadonlySet<string>> = {
  training: words(`${both} c5n p3dn p4d p4de p5e p5en p6-b200 p6-b300 p6e-gb200 trn1 trn1n trn2`),
  processing: words(both),
  hosting: words(
    'c4 c5 c5d c6g c6gd c6gn c6i c6in c7g c7i c8g dl1 g4dn g5 g6 g6e g7 g7e inf1 inf2 m4 m5 m5d m6g m6gd m6i m7i m8g ' +
      'p2 p3 p4d p4de p5 p5e p5en p6-b200 p6-b300 p6e-gb200 r5 r5d r6g r6gd r6i r7gd r7i r8g t2 trn1 trn1n trn2',
  ),
};

/** Disks inside the instance: always encrypted by its hardware, and a volume key is refused. */
const LOCAL_DISKS = words(
  'c5d g4dn g5 g6 g6e g7 g7e m5d p3dn p4d p4de p5 p5e p5en p6-b200 p6-b300 p6e-gb200 r5d trn1 trn1n trn2',
);

/** Processors for which the images that attune chooses are not made. */
const OTHER_PROCESSORS: readonly (readonly [RegExp, string])[] = [
  [/^(inf|trn)\d/, 'AWS Neuron'],
  [/^dl\d/, 'Gaudi'],
  [/^([cmr]\d+g|p6e-gb)/, 'Arm'],
];

/** One type or a list of them, as a list in the order of preference. */
export const typesOf = (instanceType: string | readonly string[]): readonly string[] => [instanceType].flat();

/** "ml.g5.xlarge" → "g5" */
export const familyOf = (instanceType: string): string => instanceType.split('.')[1] ?? '';
/** Decides which image runs on it. */
export const hasGpu = (instanceType: string): boolean => /^[gp]\d/.test(familyOf(instanceType));
export const hasLocalDisks = (instanceType: string): boolean => LOCAL_DISKS.has(familyOf(instanceType));
export const otherProcessorOf = (instanceType: string): string | undefined =>
  OTHER_PROCESSORS.find(([family]) => family.test(familyOf(instanceType)))?.[1];

/** GPUs of an instance, where it has more than one. Source: AWS's pages of these instance types. */
const SEVERAL_GPUS: readonly (readonly [RegExp, number])[] = [
  [/^ml\.(g4dn|g5|g6|g6e)\.(12|24)xlarge$/, 4],
  [/^ml\.g5\.48xlarge$|^ml\.g6e?\.48xlarge$/, 8],
  [/^ml\.g7e?\.12xlarge$/, 2],
  [/^ml\.g7e?\.24xlarge$/, 4],
  [/^ml\.g7e?\.48xlarge$/, 8],
  [/^ml\.p2\.8xlarge$|^ml\.p3\.16xlarge$|^ml\.p3dn\./, 8],
  [/^ml\.p2\.16xlarge$/, 16],
  [/^ml\.p3\.8xlarge$/, 4],
  [/^ml\.(p4d|p4de|p5|p5e|p5en|p6-b200|p6-b300)\.(24|48)xlarge$/, 8],
];

/** Training processes of a job on each of its types: one a GPU, or as many as are asked for. They share each batch. */
export const processesOf = ({ instanceType, count, processesPerInstance }: TrainingInstances): number[] =>
  typesOf(instanceType).map((type) => count * (processesPerInstance ?? gpusOf(type)));

/** 1 of a type without several, or without any. */
export const gpusOf = (type: string): number => SEVERAL_GPUS.find(([types]) => types.test(type))?.[1] ?? 1;

/** GiB a vCPU of the classes of instances without a GPU. Source: AWS's pages of these instance types. */
const GIB_A_VCPU: Record<string, number> = { c: 2, m: 4, t: 4, r: 8 };

/** Of a type without a GPU; undefined of any other. "4xlarge" has 16 vCPUs: four for each xlarge. */
export function sizeOf(type: string): { vcpus: number; memoryMib: number } | undefined {
  const [, letter = '', size = ''] = /^ml\.([cmrt])\d[a-z-]*\.([a-z0-9]+)$/.exec(type) ?? [];
  const gib = GIB_A_VCPU[letter];
  if (gib === undefined) return undefined;
  if (size === 'medium') return { vcpus: 2, memoryMib: 4096 };
  const xlarges = /^(\d*)xlarge$/.exec(size)?.[1];
  const vcpus = size === 'large' ? 2 : xlarges === undefined ? undefined : 4 * Number(xlarges || 1);
  return vcpus === undefined ? undefined : { vcpus, memoryMib: vcpus * gib * 1024 };
}

export interface TrainingInstances {
  instanceType: string | readonly string[];
  count: number;
  processesPerInstance?: number;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}
