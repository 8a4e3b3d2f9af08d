/**
 * Runs at once, whose processes and lines die under them.
 * @module
 */
import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { WorkflowFailedError } from '@temporalio/client';
import { deepStrictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import type { Progress } from '../../src/run/progress.js';
import type * as workflows from '../../src/workflows/index.js';
import type { InstantStack } from '../support/instantStack.js';
import type { Run } from '../support/loop.js';
import type { Dice } from '../support/dice.js';
import { STAGE_NAMES, type StageName } from '../../src/spec/stages.js';
import { EMBEDS, startEmbedding } from './embedding.js';
import { footprint } from './footprint.js';
import { indexLeft, indexOn, type Pair } from './pair.js';
import { approved, ENDS_WITHIN_MS, patiently, processesOf, removeEndpoints } from './patience.js';
import { comesTo, inWords, shownAs, type Asked, type Kill } from './plan.js';
import { resourcesOf, TRIAL } from './resources.js';
import { stageOf, strike } from './strike.js';
import { Sweeping } from './sweeping.js';

export const WAVE_MS = 900_000;
/** Replaced by one run of each wave. */
export const SHARED = 'chaos-shared';
/** Of a run without an index, which the kills are aimed at. */
export const OF_ITS_OWN = { deploy: { approval: 'required' } } as const;
const RETIRES = 'retireVersions' satisfies keyof typeof workflows;

/** What undisturbed runs leave: of one with an endpoint, or a pair, of its own, and of one that replaces the model in service. */
interface Expected {
  fresh: object;
  /** Absent with real jobs: the same training once more is no better, and replaces nothing. */
  replacing?: object;
}

/** What makes a spec one that asks for this. */
export type Changes = Pick<FineTuneSpecInput, 'tune'> & Partial<Pick<FineTuneSpecInput, 'data'>>;

/** Runs at once, under the same kills: one that they are aimed at, one that replaces a model, one that is cancelled. */
export class Wave {
  readonly kills: Kill[] = [];
  readonly missed = new Set<Kill>();
  readonly runs: Run[] = [];
  private sweeping: Sweeping | undefined;
  private readonly deadline = Date.now() + WAVE_MS;

  constructor(
    private readonly instant: InstantStack,
    private readonly jobMs: number,
    private readonly asked: Asked,
    private readonly changes: Changes,
    /** Where the run that the kills are aimed at puts its model, where it asks for an index. */
    private readonly pair: Pair | undefined,
    /** Short: names of tuning jobs have room for seven letters of a run's. */
    private readonly name: string,
    private readonly dice: Dice,
    private readonly log: (line: string) => void,
  ) {}

  /** @throws Error that says what is not as it should be */
  async rage(kills: readonly Kill[], expected: Expected): Promise<void> {
    await this.forgetCode();
    const cancelAt = this.dice.pick(
      STAGE_NAMES.filter((stage) => comesTo(this.asked, stage) && shownAs(stage) === stage && stage !== 'approve'),
    );
    const { instant, jobMs, deadline, changes, pair, asked } = this;
    await pair?.timePasses();
    const start = async (name: string, more: Partial<FineTuneSpecInput>, embeds?: true): Promise<Run> => {
      const run = await (embeds ? startEmbedding(instant, name) : instant.startRun({ ...more, name }));
      this.runs.push(run);
      return run;
    };
    const [name, off] = [`${this.name}-aim`, `${this.name}-off`];
    const aim = await start(name, { ...changes, ...(pair?.next(name) ?? OF_ITS_OWN) }, asked.embeds);
    const replacing =
      expected.replacing && (await start(`${this.name}-next`, { deploy: { endpoint: SHARED, takeOver: true } }));
    const cancelled = await start(off, { ...changes, index: pair && indexOn(off) }, asked.embeds);
    const cancelling = this.cancel(cancelled, cancelAt);
    this.sweeping = new Sweeping(instant);

    const endpoint = asked.embeds ? EMBEDS : (pair?.endpoint ?? name);
    const aimedAt = { instant, run: aim, name, endpoint, table: pair?.table, jobMs, deadline };
    let approval: Promise<void> | undefined;
    for (const kill of kills) {
      // The kills of the stage `approve` meet a run that waits for a person, or one that is just being approved.
      const { stage } = kill.moment;
      const approves = kill.moment.at === 'upload' || kill.early < 0.5;
      const comesLater = comesTo(asked, 'approve') && STAGE_NAMES.indexOf(stage) > STAGE_NAMES.indexOf('approve');
      if (comesLater || (stage === 'approve' && approves)) {
        approval ??= approved(aim, deadline);
        approval.catch(() => undefined); // awaited below
      }
      if (comesLater) await approval;
      const hit = await strike(aimedAt, kill);
      this.log(`   ${hit ? 'killed' : 'missed'} ${inWords(kill)}`);
      if (hit) this.kills.push(kill);
      else this.missed.add(kill);
    }
    if (comesTo(asked, 'approve')) await (approval ?? approved(aim, deadline));
    await cancelling;
    await this.sweeping.ended();

    await this.endedAs(aim, expected.fresh);
    if (replacing) await this.endedAs(replacing, expected.replacing!);
    await this.leftNothing(cancelled, cancelAt);
    await this.nothingRuns();
    await this.noProcessesLeft();
  }

  /** Ends what a fault left running, so that the next wave begins with a clean table. */
  async giveUp(): Promise<void> {
    this.sweeping?.stop();
    for (const run of this.runs) await run.terminate('chaos: gave up').catch(() => undefined); // ended already
  }

  private async endedAs(run: Run, expected: object): Promise<void> {
    const ended = await this.resultOf(run);
    if (ended instanceof Error) throw new Error(`${run.workflowId} ended with: ${ended.cause ?? ended.message}`);
    await this.pair?.retired(this.deadline);
    const left = await footprint(this.instant, run, ended);
    try {
      deepStrictEqual(left, expected);
    } catch (error) {
      throw new Error(`${run.workflowId} differs from an undisturbed run: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  private async leftNothing(run: Run, cancelAt: StageName): Promise<void> {
    const ended = await this.resultOf(run);
    const name = run.workflowId.replace(/^\w+\//, '');
    const left = await resourcesOf(this.instant, name);
    const wrong = (what: string) =>
      new Error(`${run.workflowId}, cancelled at ${cancelAt}: ${what}: ${JSON.stringify(left)}`);
    const ofStages = left.jobs.map((job) => job.split(' ')[0]).filter((stage) => stage !== TRIAL);
    if (new Set(ofStages).size !== ofStages.length) throw wrong('two jobs for a stage');
    if (!left.jobs.every((job) => /(Completed|Stopped)$/.test(job))) throw wrong('a job that did not end');
    // A cancel that came when the new model was live already changes nothing.
    if (!(ended instanceof Error)) return;
    const { status } = await run.describe();
    if (status.name !== 'CANCELLED') throw wrong(`${status.name} (${String(ended.cause ?? ended.message)})`);
    if (left.models + left.configs + left.endpoints.length > 0) throw wrong('resources left');
    const inDatabase = this.pair ? await indexLeft(this.instant, name) : [];
    if (inDatabase.length > 0) throw wrong(`left in the database: ${inDatabase.join(', ')}`);
  }

  private async nothingRuns(): Promise<void> {
    const running = await patiently(this.deadline, async () => {
      // What removes a version when its time is over waits for days.
      const others = `ExecutionStatus = "Running" and WorkflowType != "${RETIRES}"`;
      const { count } = await this.instant.client.workflow.count(others);
      if (count > 0) throw new Error(`${count} workflows are still running`);
      return count;
    });
    deepStrictEqual(running, 0);
  }

  /** Of jobs, and of endpoints once they are deleted: all but the one that embeds in every wave. */
  private async noProcessesLeft(): Promise<void> {
    for (const kind of ['aim', 'off']) await removeEndpoints(this.instant, `${this.name}-${kind}`);
    await patiently(Date.now() + ENDS_WITHIN_MS, () => {
      const all = processesOf(join(this.instant.stateDir, 'sagemaker', '/'));
      const left = all.filter((process) => !process.includes(`/endpoints/${EMBEDS}/`));
      return left.length === 0
        ? Promise.resolve()
        : Promise.reject(new Error(`processes of jobs left: ${left.join('; ')}`));
    });
  }

  private resultOf(run: Run): Promise<Progress | WorkflowFailedError> {
    return patiently(this.deadline, () =>
      Promise.race([
        run.result().catch((error: unknown) => {
          if (error instanceof WorkflowFailedError) return error;
          throw error;
        }),
        sleep(this.deadline - Date.now(), undefined, { ref: false }).then(() => {
          throw new Error(`${run.workflowId} has not ended in ${WAVE_MS / 1000} s`);
        }),
      ]),
    );
  }

  private async cancel(run: Run, stage: StageName): Promise<void> {
    await patiently(this.deadline, async () => {
      const now = await stageOf(run);
      if (now !== 'done' && STAGE_NAMES.indexOf(now) < STAGE_NAMES.indexOf(stage))
        throw new Error(`not at ${stage} yet`);
      if (now !== 'done') await run.cancel();
    });
  }

  /** Makes the next run upload the job scripts again. */
  private async forgetCode(): Promise<void> {
    const { s3, stack } = this.instant;
    const Bucket = stack.describe.bucket;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'attune/code/' }));
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  }
}
