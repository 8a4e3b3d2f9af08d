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
import { shownAs, type Kill, type Moment } from './plan.js';

export interface Subject {
  instant: InstantStack;
  run: Run;
  /** Of the run, its endpoint, and part of the names of its resources. */
  name: string;
  jobMs: number;
}

/** How long an answer is held back for a kill to come in between. */
const HELD_MS = 400;
/** How long a stage is aimed at that has no job. */
const SHORT_MS = 150;
const AWAY_MS = 600;
/** An outage of a line leaves no restart to wait for. */
const CUT_MS = 3_000;
const LOOKS_A_JOB = 160;

/** @returns false when the run had passed the moment already; nothing is killed then */
export async function strike(subject: Subject, { target, moment, early, pause }: Kill): Promise<boolean> {
  const { instant } = subject;
  const crash = moment.at === 'call' && target === 'SageMaker' ? (early < 0.5 ? 'before' : 'after') : undefined;
  const reached = await arrive(subject, moment, crash);
  if (reached) {
    if (!crash) await sleep(early * spanOf(moment, subject.jobMs)); // the instant within the moment
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
  if (moment.at === 'call') await instant.faults.clear();
  return reached;
}

function spanOf(moment: Moment, jobMs: number): number {
  if (moment.at === 'call') return HELD_MS;
  if (moment.at === 'upload') return 0;
  const { as, compute } = factsOf(moment.stage);
  return compute !== undefined || as === 'endpoint' ? jobMs : SHORT_MS;
}

async function arrive(subject: Subject, moment: Moment, crash: 'before' | 'after' | undefined): Promise<boolean> {
  switch (moment.at) {
    case 'stage':
      return untilIn(subject, moment.stage, () => Promise.resolve(true));
    case 'upload':
      return untilIn(subject, moment.stage, () => Promise.resolve(existsSync(fileOf(subject, moment.file))));
    case 'call': {
      const { stage, operation } = moment;
      const isJob = /Job$/.test(operation);
      const name = isJob ? `${subject.name}-${stage}-` : subject.name;
      const fault = crash ? { fault: 'crash', when: crash } : { fault: 'slow', ms: HELD_MS };
      await subject.instant.faults.add([{ ...fault, operation, name }]);
      return untilIn(subject, stage, async () => (await faultsLeft(subject.instant)) === 0);
    }
  }
}

/** Looks again and again while the run is in the stage or before it. */
async function untilIn(subject: Subject, stage: StageName, there: () => Promise<boolean>): Promise<boolean> {
  const wanted = STAGE_NAMES.indexOf(shownAs(stage));
  for (;;) {
    const shown = await stageOf(subject.run);
    const now = shown === 'done' ? -1 : STAGE_NAMES.indexOf(shown);
    if (now === wanted && (await there())) return true;
    if (now < 0) return false; // ended
    if (now > wanted) return there();
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
function fileOf({ instant, name, run }: Subject, file: string): string {
  const bucket = join(instant.stateDir, 's3', instant.stack.describe.bucket, 'attune');
  return file === 'code/' ? join(bucket, file) : join(bucket, name, run.firstExecutionRunId.slice(-8), file);
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
