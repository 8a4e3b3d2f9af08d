/**
 * One kill: waits for its moment in the life of a run, kills or cuts, and lets what it was live again.
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../../src/run/stages.js';
import { attuneStage } from '../../src/run/searchAttributes.js';
import type { InstantStack } from '../support/instantStack.js';
import type { Run } from '../support/loop.js';
import { factsOf, STAGE_NAMES, type StageName } from '../../src/spec/stages.js';
import { outputOf } from './embedding.js';
import { HeldTable } from './heldTable.js';
import { shownAs, type Kill, type Moment } from './plan.js';

export interface Subject {
  instant: InstantStack;
  run: Run;
  /** Of the run, and part of the names of its resources. */
  name: string;
  /** Of its endpoint, or the beginning of it. */
  endpoint: string;
  /** Of its index, where it has one. */
  table?: string;
  jobMs: number;
  /** Milliseconds since the epoch: a run that has not come to the kill's moment by then stands still. */
  deadline: number;
}

/** How long an answer, or a statement, is held back for a kill to come in between. */
const HELD_MS = 400;
/** How long a stage is aimed at that has no job. */
const SHORT_MS = 150;
const AWAY_MS = 600;
/** An outage of a line leaves no restart to wait for. */
const CUT_MS = 3_000;
const LOOKS_A_JOB = 160;

/**
 * @returns false when the run had passed the moment already; nothing is killed then
 * @throws Error that says where the run stands, when it has not come to the moment by the deadline
 */
export async function strike(subject: Subject, kill: Kill): Promise<boolean> {
  const { instant, table } = subject;
  const { target, moment, early } = kill;
  switch (moment.at) {
    case 'stage':
    case 'upload': {
      const { stage } = moment;
      const there = (): boolean => moment.at === 'stage' || existsSync(fileOf(subject, moment));
      const reached = await untilIn(subject, stage, () => Promise.resolve(there()));
      if (reached) await strikeNow(subject, kill);
      return reached;
    }
    case 'call': {
      const crash = target === 'SageMaker' ? (early < 0.5 ? 'before' : 'after') : undefined;
      await instant.faults.add([faultAt(subject, moment, crash)]);
      const reached = await untilIn(subject, moment.stage, async () => (await faultsLeft(instant)) === 0);
      if (reached) await strikeNow(subject, kill, crash !== undefined);
      await instant.faults.clear();
      return reached;
    }
    case 'statement': {
      const held = new HeldTable(instant.database!.url, table!, moment.table);
      try {
        const reached = await untilIn(subject, moment.stage, () => held.isWaitedFor());
        if (reached) await strikeNow(subject, kill);
        return reached;
      } finally {
        await held.release();
      }
    }
  }
}

/** @param crashed  the process has ended by itself, as it was asked to */
async function strikeNow(
  { instant, jobMs }: Subject,
  { target, moment, early, pause }: Kill,
  crashed = false,
): Promise<void> {
  if (!crashed) await sleep(early * spanOf(moment, jobMs)); // the instant within the moment
  if (typeof target === 'string') {
    await instant.kill(target);
    await sleep(pause * AWAY_MS); // the outage
    await instant.restart(target);
  } else {
    const line = instant.lines[target.of]!;
    await line.become(target.how);
    await sleep(pause * CUT_MS); // the outage
    await line.become('open');
  }
}

function spanOf(moment: Moment, jobMs: number): number {
  if (moment.at === 'call' || moment.at === 'statement') return HELD_MS;
  if (moment.at === 'upload') return 0;
  const { as, compute } = factsOf(moment.stage);
  return compute !== undefined || as === 'endpoint' ? jobMs : SHORT_MS;
}

/** A call's answer is held back; or the emulator crashes at it. */
function faultAt(
  { name, endpoint }: Subject,
  { stage, operation }: Extract<Moment, { at: 'call' }>,
  crash: 'before' | 'after' | undefined,
): object {
  const about = /Job$/.test(operation) ? `${name}-${stage}-` : `${name}|${endpoint}`;
  return { ...(crash ? { fault: 'crash', when: crash } : { fault: 'slow', ms: HELD_MS }), operation, name: about };
}

/** Looks again and again while the run is in the stage or before it. */
async function untilIn(subject: Subject, stage: StageName, there: () => Promise<boolean>): Promise<boolean> {
  const { run, deadline } = subject;
  const wanted = STAGE_NAMES.indexOf(shownAs(stage));
  for (;;) {
    const shown = await stageOf(run);
    const now = shown === 'done' ? -1 : STAGE_NAMES.indexOf(shown);
    if (now === wanted && (await there())) return true;
    if (now < 0) return false; // ended
    if (now > wanted) return there();
    if (Date.now() > deadline) {
      const { pendingActivities, pendingWorkflowTask: task } = (await run.describe()).raw;
      const activities = (pendingActivities ?? []).map(
        ({ activityType, attempt, lastFailure }) =>
          `${activityType?.name}, attempt ${attempt}${lastFailure ? ` (${lastFailure.message})` : ''}`,
      );
      const due = [...activities, ...(task ? [`a workflow task, attempt ${task.attempt}`] : [])];
      throw new Error(`${run.workflowId} has not come to ${stage}: it is at ${[shown, ...due].join('; ')}`);
    }
    await sleep(subject.jobMs / LOOKS_A_JOB); // between two looks
  }
}

/** As the server knows it, which asks no worker; 'done' once the run has ended. */
export async function stageOf(run: Run): Promise<Stage> {
  const { status, typedSearchAttributes } = await run.describe();
  if (status.name !== 'RUNNING') return 'done';
  return (typedSearchAttributes.get(attuneStage) as Stage | undefined) ?? 'preflight';
}

/** In the S3 server's own folder: it shows a file the moment that it is there. */
function fileOf({ instant, name, run }: Subject, { stage, file }: Extract<Moment, { at: 'upload' }>): string {
  const bucket = join(instant.stateDir, 's3', instant.stack.describe.bucket);
  if (file === 'code/') return join(bucket, 'attune', file);
  if (stage === 'embed') return join(bucket, outputOf(name), file);
  return join(bucket, 'attune', name, run.firstExecutionRunId.slice(-8), file);
}

/** None when the emulator has crashed, as it was asked to. */
async function faultsLeft(instant: InstantStack): Promise<number> {
  try {
    return (await instant.faults.left()).length;
  } catch (error) {
    if (error instanceof TypeError) return 0; // fetch: nobody answers
    throw error;
  }
}
