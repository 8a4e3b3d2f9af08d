/**
 * Which GPUs the torch of AWS's images has code for. A job on another one starts, is billed, and ends with "no kernel image is
 * available for execution on the device".
 * @module
 */
import { INSTANCES } from './instances.js';

/** Compute capability. Source: NVIDIA's page "CUDA GPU Compute Capability", read 2026-11. */
const CAPABILITY: Record<string, readonly [major: number, minor: number]> = {
  K80: [3, 7],
  V100: [7, 0],
  T4: [7, 5],
  A100: [8, 0],
  A10G: [8, 6],
  L4: [8, 9],
  L40S: [8, 9],
  H100: [9, 0],
  H200: [9, 0],
  B200: [10, 0],
  GB200: [10, 0],
  B300: [10, 3],
  'RTX-PRO-Server-6000': [12, 0],
  'RTX-PRO-4500': [12, 0],
};

interface Build {
  /** As the tag of the image has it. */
  cuda: string;
  /** What torch is compiled for: as `torch.cuda.get_arch_list()` tells. */
  capabilities: readonly (readonly [major: number, minor: number])[];
}

/** By what attune's own choice of image is for (src/aws/images.ts); a test holds the two together. */
export const BUILDS: Record<'job' | 'inference', Build> = {
  // CUDA 13 has dropped all before Turing.
  job: {
    cuda: 'cu130',
    capabilities: [
      [7, 5],
      [8, 0],
      [8, 6],
      [9, 0],
      [10, 0],
      [12, 0],
    ],
  },
  inference: {
    cuda: 'cu124',
    capabilities: [
      [5, 0],
      [6, 0],
      [7, 0],
      [7, 5],
      [8, 0],
      [8, 6],
      [9, 0],
    ],
  },
};

/**
 * Code for a GPU runs on later ones of the same major version, and on no other (CUDA C++ Programming Guide, "Binary
 * Compatibility").
 *
 * @returns the GPU of the instance type, where the image has no code for it
 */
export function gpuWithoutCode(purpose: keyof typeof BUILDS, instanceType: string): string | undefined {
  const gpu = INSTANCES.get(instanceType)?.gpu;
  const capability = gpu === undefined ? undefined : CAPABILITY[gpu];
  if (capability === undefined) return undefined;
  const [major, minor] = capability;
  return BUILDS[purpose].capabilities.some(([of, from]) => of === major && from <= minor) ? undefined : gpu;
}
