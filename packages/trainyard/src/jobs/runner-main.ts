/**
 * The program that runs one job: `node runner-main.js <job folder>`. It outlives the emulator that started it.
 * @module
 */
import type { Interruption } from './container.js';
import { JobFolder, type JobPlan } from './jobFolder.js';
import { Journal } from './journal.js';
import { LONGEST_WAIT_MS, RuntimeLimit } from './runtimeLimit.js';
import { runProcessing } from './runProcessing.js';
import { runTraining } from './runTraining.js';

const LOOK_MS = 200;

async function main(path: string): Promise<void> {
  const folder = new JobFolder(path);
  if (!folder.claim()) return;
  const journal = new Journal(folder);
  const interruption = new AbortController();
  const interrupt = (reason: Interruption): void => interruption.abort(reason);
  const look = setInterval(() => folder.stopAsked() && interrupt('stop'), LOOK_MS);
  if (folder.stopAsked()) interrupt('stop');

  const plan = folder.plan();
  const limit = plan.request.StoppingCondition?.MaxRuntimeInSeconds ?? 86_400;
  const runtime = new RuntimeLimit(limit * 1000, () => interrupt('maxRuntime'));
  const outwaited = setTimeout(() => interrupt('maxWait'), waitMs(plan, folder));
  const job = { folder, journal, interrupted: interruption.signal, runtime };
  try {
    if (plan.kind === 'training-job') await runTraining(plan, job);
    else await runProcessing(plan, job);
  } catch (error) {
    console.error(error);
    const message = error instanceof Error ? error.message : String(error);
    const failureReason = `InternalServerError: We encountered an internal error. Please try again. (${message})`;
    journal.end('Failed', 'Failed', 'Job failed', { failureReason });
  } finally {
    clearInterval(look);
    runtime.pause();
    clearTimeout(outwaited);
    folder.removeHosts();
  }
}

/** Until a spot job has had all the time that it may wait and run, counted from its creation. */
function waitMs({ request: { StoppingCondition } }: JobPlan, folder: JobFolder): number {
  const seconds =
    StoppingCondition && 'MaxWaitTimeInSeconds' in StoppingCondition && StoppingCondition.MaxWaitTimeInSeconds;
  if (!seconds) return LONGEST_WAIT_MS;
  const createdAt = folder.state().transitions[0]!.startedAt;
  return Math.min(Math.max(0, createdAt + seconds * 1000 - Date.now()), LONGEST_WAIT_MS);
}

await main(process.argv[2] ?? '');
