/**
 * How many copies of the model one instance serves with, and on how many threads each.
 *
 * A worker of AWS's model server takes 640 MB before it has a model (measured: torch, transformers and the handler imported),
 * the server itself and the system up to 1.5 GB of an instance. Without a number of ours the server starts one worker a vCPU,
 * each with a copy of the model and as many threads as there are vCPUs, which answered a tenth of the requests here.
 * @module
 */
import { gpusOf, hasGpu, sizeOf, typesOf } from './instances.js';
import type { Deployment } from './rollout.js';

const MIB = 1024 ** 2;
const WORKER_MIB = 640;
const SYSTEM_MIB = 1536;
/** A serverless container has no system to pay for, only the model server. */
const SERVERLESS_SERVER_MIB = 256;

export interface Workers {
  workers: number;
  /** Of each. Absent: the handler divides what processors it finds. */
  threads?: number;
}

/**
 * @param weightsBytes  of the model, as its archive holds them. Absent: not known, so that one copy is sure to fit
 */
export function workersOf({ serverless, instanceType }: Deployment, weightsBytes: number | undefined): Workers {
  if (serverless) return { workers: 1 };
  const each = typesOf(instanceType).map((type) => workersOn(type, weightsBytes));
  // One number for all types of a list: that of the one that holds least.
  return each.reduce((least, one) => (one.workers < least.workers ? one : least));
}

function workersOn(type: string, weightsBytes: number | undefined): Workers {
  if (hasGpu(type)) return { workers: gpusOf(type) };
  const size = sizeOf(type);
  if (size === undefined || weightsBytes === undefined) return { workers: 1 };
  const room = size.memoryMib - SYSTEM_MIB;
  const held = Math.floor(room / (WORKER_MIB + weightsBytes / MIB));
  const workers = Math.max(1, Math.min(size.vcpus, held));
  return { workers, threads: Math.max(1, Math.floor(size.vcpus / workers)) };
}

/** MB of a serverless endpoint that hold the model once. */
export const serverlessMb = (weightsBytes: number): number =>
  WORKER_MIB + SERVERLESS_SERVER_MIB + Math.ceil(weightsBytes / MIB);
