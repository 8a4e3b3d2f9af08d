/**
 * Many questions of a language model at half the price: a batch job writes them, another judges them where that is wanted. What
 * neither has answered is left to be asked for one by one.
 * @module
 */
import type { JobPlan, Run } from '../../activities/types.js';
import { BATCH_ROUNDS, batchOutputOf, type BatchOutputs, type BatchRound } from '../../run/batch.js';
import { jobWorkflowId } from '../../run/ids.js';
import { asksInBatch, FEWEST_RECORDS } from '../../spec/batch.js';
import { fail } from '../../spec/failures.js';
import { BATCH_PRICE, expectedTokens } from '../../spec/questions.js';
import type { Questions } from '../../spec/questionsSchema.js';
import type { FinishedJob } from '../sageMakerJob.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import { pauseAfter } from '../waits/pauses.js';
import type { At } from './at.js';
import { followed } from './followed.js';

/** What batch jobs have answered, and how many passages are left. */
export interface Batched {
  outputs: BatchOutputs;
  left: number;
}

/**
 * @returns undefined where no batch is asked for, or there are too few passages for one
 * @throws  BudgetReached before a job that cannot be afforded: it is paid to its end, or to its stop
 */
export async function askedInBatch(at: At, run: Run, asked: Questions, passages: number): Promise<Batched | undefined> {
  const { state, redraw } = at;
  if (!asksInBatch(asked, passages)) {
    if (asked.batch === 'always')
      state.notice(`questions: ${passages} passages are too few for a batch job, which takes ${FEWEST_RECORDS}`);
    return undefined;
  }
  const expected = state.usdOfTokens(expectedTokens(run.spec, passages)) ?? 0;
  state.budget.assertLeft(expected * BATCH_PRICE, `${passages} passages to ${asked.model}, in a batch`);
  const outputs: BatchOutputs = {};
  let left = passages;
  for (const round of BATCH_ROUNDS) {
    if (round === 'judge' && !asked.judge) continue;
    const job = await answered(at, run, round, outputs);
    if (job === undefined) continue;
    outputs[round] = batchOutputOf(run, round, job.job.arn);
    const read = await io(options.askModel, `what ${job.job.name} has answered`).readBatch({ run, outputs });
    state.askedInBatch(read);
    left = passages - read.complete;
    redraw();
  }
  if (outputs.write === undefined) return undefined;
  if (left > 0) state.notice(`questions: of ${passages} passages the batch has left ${left}, asked about one by one`);
  return { outputs, left };
}

/** The job of a round at its end. Undefined where it would have had too few records. */
async function answered(at: At, run: Run, round: BatchRound, outputs: BatchOutputs): Promise<FinishedJob | undefined> {
  const { state, redraw } = at;
  const { pollSeconds, freshPollSeconds, queueSeconds, quotaSeconds } = run.spec.timings;
  const since = Date.now();
  for (let attempt = 1; ;) {
    const ask = { run, round, attempt, outputs };
    const { plan } = await io(options.askModel, `records to ${round} in a batch`).planBatch(ask);
    if (plan === undefined) return undefined;
    if (plan.ended) {
      // An earlier try of this run had it, and it did not complete.
      attempt += 1;
      continue;
    }
    state.plans(plan);
    redraw();
    const input = {
      plan,
      pollMs: pollSeconds * 1000,
      freshPollMs: freshPollSeconds * 1000,
      queueMs: queueSeconds * 1000,
      quotaMs: quotaSeconds * 1000,
    };
    const ended = await followed(state, [
      'sageMakerJob',
      jobWorkflowId(plan.name),
      input,
      `questions · ${plan.instanceType} in a batch`,
      pauseAfter(Date.now() - since, input.pollMs),
    ]);
    if (ended) return completed(at, plan, ended.result);
  }
}

function completed({ state, redraw }: At, { name }: JobPlan, job: FinishedJob): FinishedJob {
  state.reports(job);
  redraw();
  if (job.end === 'completed') return job;
  const type = job.end === 'quota' ? 'QuotaExceeded' : 'JobFailed';
  throw fail(type, `batch job ${name}: ${job.failureReason ?? job.end}`);
}
