/**
 * A language model is asked in a batch job: what it is to answer is put into S3, and what it has answered is counted. The job
 * itself is started, waited for and stopped as the others are.
 * @module
 */
import { BATCH_HOURS, batchRequest } from '../../aws/requests/batch.js';
import { writeObject } from '../../aws/s3.js';
import { batchInputFile, type BatchOutputs, type BatchRead, type BatchRound } from '../../run/batch.js';
import type { Run } from '../../run/run.js';
import { FEWEST_RECORDS } from '../../spec/batch.js';
import { alive, type Task } from '../alive.js';
import { calling } from '../call.js';
import type { Deps } from '../deps.js';
import { foundBefore, type JobPlan } from '../jobs.js';
import { begunIn, recordsOf } from './batchRecords.js';
import { examplesOf } from './examples.js';
import { countsOf, Shard } from './shards.js';

export interface PlanBatch {
  run: Run;
  round: BatchRound;
  attempt: number;
  /** Of the rounds before. */
  outputs: BatchOutputs;
}

export const createBatchActivities = (deps: Deps) => ({
  /**
   * Puts the records into S3, unless there is a job that reads them, and looks whether a job of this name has ended. Nothing is
   * paid for.
   *
   * @returns no plan where there are fewer records than Bedrock takes: those are asked for one by one
   */
  planBatch: (ask: PlanBatch): Promise<{ plan?: JobPlan }> => alive((task) => planBatch(deps, ask, task)),

  /** What the jobs so far have come to. */
  readBatch: (ask: { run: Run; outputs: BatchOutputs }): Promise<BatchRead> =>
    alive((task) => readBatch(deps, ask, task)),
});

async function planBatch(deps: Deps, ask: PlanBatch, task: Task): Promise<{ plan?: JobPlan }> {
  const { run, round, attempt } = ask;
  const requested = batchRequest(run, { round, attempt });
  const before = await foundBefore(deps, { kind: 'batch', name: requested.name }, run);
  if (before.absent && (await putRecords(deps, ask, task)) < FEWEST_RECORDS) return {};
  return {
    plan: {
      kind: 'batch',
      stage: 'questions',
      attempt,
      instanceType: requested.request.modelId!,
      place: { instanceTypes: [], spot: false },
      count: 1,
      maxRuntimeSeconds: BATCH_HOURS * 3600,
      endsForBudget: false,
      ...requested,
      ...before,
    },
  };
}

/** @returns how many there are */
async function putRecords(deps: Deps, { run, round, outputs }: PlanBatch, task: Task): Promise<number> {
  const questions = run.spec.data.questions!;
  const examples = await examplesOf(deps, questions);
  const { shards } = await countsOf(deps, run);
  let records = 0;
  for (let index = 0; index < shards; index += 1) {
    task.signal.throwIfAborted();
    const passages = await new Shard(deps, run, index).passages();
    const begun = await begunIn(deps, outputs, index, passages, questions.judge);
    const { lines, count } = recordsOf(round, index, passages, questions, examples, begun);
    records += count;
    if (count === 0) continue;
    const uri = batchInputFile(run, round, index);
    await calling(`writing ${uri}`, deps, () => writeObject(deps.s3, uri, lines, run.spec.encryption));
    task.progress = { shard: index, of: shards };
  }
  return records;
}

async function readBatch(
  deps: Deps,
  { run, outputs }: { run: Run; outputs: BatchOutputs },
  task: Task,
): Promise<BatchRead> {
  const { judge } = run.spec.data.questions!;
  const { shards } = await countsOf(deps, run);
  const read: BatchRead = { complete: 0, inputTokens: 0, outputTokens: 0 };
  for (let index = 0; index < shards; index += 1) {
    task.signal.throwIfAborted();
    const passages = await new Shard(deps, run, index).passages();
    for (const { complete, inputTokens, outputTokens } of (
      await begunIn(deps, outputs, index, passages, judge)
    ).values()) {
      read.complete += complete ? 1 : 0;
      read.inputTokens += inputTokens;
      read.outputTokens += outputTokens;
    }
    task.progress = { shard: index, of: shards };
  }
  return read;
}
