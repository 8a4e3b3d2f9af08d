/**
 * Instance types that SageMaker takes for each kind of work, and what they mean for a run.
 * @module
 */
import { INSTANCE_TABLE } from './instanceTable.js';

export type Work = 'training' | 'processing' | 'hosting';

export interface Instance {
  work: ReadonlySet<Work>;
  vcpus: number;
  memoryGb: number;
  /** Disks inside the instance, all together: always encrypted by its hardware. 0: none. */
  diskGb: number;
  gpus: number;
  /** Absent without a GPU. */
  gpu?: string;
}

const WORK: Record<string, Work> = { t: 'training', p: 'processing', h: 'hosting' };

/** By type, such as ml.g5.xlarge. */
export const INSTANCES: ReadonlyMap<string, Instance> = new Map(INSTANCE_TABLE.trim().split('\n').map(instanceOf));

function instanceOf(line: string): [string, Instance] {
  const [type = '', work = '', vcpus, memoryGb, diskGb, gpus = ''] = line.split(' ');
  const [count = 0, gpu] = gpus.split(/x(.+)/);
  return [
    type,
    {
      work: new Set([...work].map((letter) => WORK[letter]!)),
      vcpus: Number(vcpus),
      memoryGb: Number(memoryGb),
      diskGb: Number(diskGb),
      gpus: Number(count),
      gpu,
    },
  ];
}

/** All types that SageMaker takes for a kind of work. */
export const typesFor = (work: Work): string[] =>
  [...INSTANCES].filter(([, instance]) => instance.work.has(work)).map(([type]) => type);

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
/** A volume key is refused there. */
export const hasLocalDisks = (instanceType: string): boolean => (INSTANCES.get(instanceType)?.diskGb ?? 0) > 0;
export const otherProcessorOf = (instanceType: string): string | undefined =>
  OTHER_PROCESSORS.find(([family]) => family.test(familyOf(instanceType)))?.[1];

/** Training processes of a job on each of its types: one a GPU, or as many as are asked for. They share each batch. */
export const processesOf = ({ instanceType, count, processesPerInstance }: TrainingInstances): number[] =>
  typesOf(instanceType).map((type) => count * (processesPerInstance ?? gpusOf(type)));

/** 1 of a type without several, or without any. */
export const gpusOf = (type: string): number => Math.max(1, INSTANCES.get(type)?.gpus ?? 1);

/** Of a type without a GPU; undefined of any other. */
export function sizeOf(type: string): { vcpus: number; memoryMib: number } | undefined {
  const size = INSTANCES.get(type);
  return size === undefined || size.gpus ? undefined : { vcpus: size.vcpus, memoryMib: size.memoryGb * 1024 };
}

export interface TrainingInstances {
  instanceType: string | readonly string[];
  count: number;
  processesPerInstance?: number;
}
