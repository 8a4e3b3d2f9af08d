/**
 * The specs of try.ts: the example's, changed as each step wants it.
 * @module
 */
import { join } from 'node:path';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';

export const NAME = 'attune-first';

/** A canary's step is at most half of the instances. */
const autoscaling = { minInstances: 2, maxInstances: 3, invocationsPerInstance: 500 };

interface Changes {
  name?: string;
  train?: object;
  deploy: object;
}

/** By step. The next model has four times as much to learn from, so that it should beat the one in service. */
export const CHANGES = {
  first: { train: { maxPairs: 400 }, deploy: { endpoint: NAME } },
  next: {
    deploy: {
      endpoint: NAME,
      instanceCount: 2,
      rollout: { type: 'canary', percent: 50, waitSeconds: 60 },
      autoscaling,
    },
  },
  moved: { deploy: { endpoint: NAME, instanceCount: 2, instanceType: 'ml.m5.large', autoscaling } },
  cancelled: { name: `${NAME}-off`, train: { maxPairs: 800 }, deploy: { endpoint: `${NAME}-off` } },
} as const satisfies Record<string, Changes>;

/**
 * @param spec    as its file has it
 * @param folder  of that file: local data are named from the root then
 */
export function changed(
  spec: FineTuneSpecInput,
  folder: string,
  { name = NAME, train, deploy }: Changes,
): FineTuneSpecInput {
  const data = Object.fromEntries(
    Object.entries(spec.data ?? {}).map(([key, value]) => [
      key,
      typeof value === 'string' && value.startsWith('.') ? join(folder, value) : value,
    ]),
  );
  return {
    ...spec,
    name,
    data,
    train: { ...spec.train, ...train },
    deploy,
    budget: { maxUsd: 2 },
  };
}
