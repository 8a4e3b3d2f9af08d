/**
 * The program that runs one job: `node runner-main.js <job folder>`. It outlives the emulator that started it.
 * @module
 */
import { rmSync } from 'node:fs';
import type { Interruption } from './container.js';
import { JobFolder } from './jobFolder.js';
import { Journal } from './journal.js';
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
  // Longer waits than this overflow the timer, and no local job lasts 24 days.
  const overrun = setTimeout(() => interrupt('maxRuntime'), Math.min(limit * 1000, 2 ** 31 - 1));
  const job = { folder, journal, interrupted: interruption.signal };
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
    clearTimeout(overrun);
    rmSync(folder.ml, { recursive: true, force: true });
  }
}

await main(process.argv[2] ?? '');
