/**
 * The candidate's version in the model registry: a decision there is one here, and one here is told there.
 * @module
 */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Run } from '../../activities/types.js';
import type { Decision } from '../../run/progress.js';
import { aws } from '../waits/activities.js';
import { rootFailure } from '../waits/failure.js';
import * as options from '../waits/options.js';
import type { At } from './at.js';

/**
 * Runs `story`, which waits for a decision, and meanwhile looks whether somebody decides in the registry.
 *
 * @returns the same, and whether the decision was made there
 */
export async function heedingRegistry<T>(at: At, run: Run, story: () => Promise<T>): Promise<[T, boolean]> {
  const { state } = at;
  const { modelPackage } = state.progress().artifacts;
  if (modelPackage === undefined) return [await story(), false];
  let there = false;
  const looking = new CancellationScope();
  const looks = looking.run(async () => {
    try {
      const look = aws(options.wait(`look whether somebody decides on ${modelPackage} in the model registry`));
      const found = await look.awaitRegistryDecision({ modelPackage, pollMs: run.spec.timings.pollSeconds * 1000 });
      if ('gone' in found) return state.notice(`${modelPackage} was deleted: only a decision here counts now`);
      if (state.decided !== undefined) return;
      there = true;
      state.decide(found);
    } catch (error) {
      if (isCancellation(error)) return;
      state.notice(`the model registry is not heeded: ${rootFailure(error)?.message ?? 'its look failed'}`);
    }
  });
  try {
    return [await story(), there];
  } finally {
    looking.cancel();
    await looks;
  }
}

/** @param words  by whom and why */
export async function tellRegistry({ state }: At, verdict: Decision['verdict'], words: string): Promise<void> {
  const { modelPackage } = state.progress().artifacts;
  if (modelPackage === undefined) return;
  await aws(options.record, `tell the model registry: ${verdict}`).decideInRegistry({ modelPackage, verdict, words });
}
