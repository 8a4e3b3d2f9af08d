/**
 * Waves of runs whose processes are killed under them. After each wave every run must have ended as an undisturbed one, with
 * one job a stage, and a cancelled one must have left nothing.
 * @module
 */
import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DeleteEndpointCommand, ListEndpointsCommand } from '@aws-sdk/client-sagemaker';
import { WorkflowFailedError } from '@temporalio/client';
import { deepStrictEqual } from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweep } from '../../src/client/sweep/sweep.js';
import { knownBy } from '../../src/client/sweep/temporal.js';
import type { TemporalProgram } from '../../src/dev/stack.js';
import { approve } from '../../src/run/messages.js';
import type { Progress } from '../../src/run/progress.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import type { Run } from '../support/loop.js';
import { Dice } from './dice.js';
import { STAGE_NAMES, type StageName } from '../../src/spec/stages.js';
import { footprint, resourcesOf, TRIAL } from './footprint.js';
import { comesTo, inOrder, inWords, nextWave, planKills, shownAs, type Asked, type Kill } from './plan.js';
import { stageOf, strike } from './strike.js';

export interface ChaosOptions {
  kills: number;
  seed: number;
  /** Over jobs and endpoints that are real processes, with a model that is really trained. Default: they only take time. */
  real?: boolean;
  /** Default: the development server. */
  temporal?: TemporalProgram;
  /** Lines for people. */
  log: (line: string) => void;
}

export interface ChaosReport {
  tried: number;
  survived: number;
  runs: number;
  /** In which stages something was killed. */
  struck: Set<StageName>;
  /** Each in words: what a wave left other than an undisturbed one would have. */
  faults: string[];
}

const JOB_MS = 800;
/** Python and its libraries are loaded for each. */
const REAL_JOB_MS = 8_000;
const KILLS_A_WAVE = 8;
const SWEEP_EACH_MS = 3_000;
const WAVE_MS = 900_000;
/** A run may pass the moment of a kill while the one before is still being mended; the next wave tries again. */
const CHANCES = 4;
/** SageMaker's own grace for a process that was asked to end, and some more. */
const ENDS_WITHIN_MS = 60_000;
/** Replaced by one run of each wave. */
const SHARED = 'chaos-shared';

/** What undisturbed runs leave: of one with an endpoint of its own, and of one that replaces the model in service. */
interface Expected {
  fresh: object;
  /** Absent with real jobs: the same training once more is no better, and replaces nothing. */
  replacing?: object;
}

export async function chaos({ kills, seed, real = false, temporal, log }: ChaosOptions): Promise<ChaosReport> {
  const dice = new Dice(seed);
  const report: ChaosReport = { tried: 0, survived: 0, runs: 0, struck: new Set(), faults: [] };
  const jobMs = real ? REAL_JOB_MS : JOB_MS;
  const instant = await startInstantStack({
    jobMs,
    realJobs: real,
    temporal,
    lines: true,
    log: (line) => log(`   stack: ${line}`),
  });
  try {
    const replacing = real ? undefined : await replaced(instant);
    const fresh = new Map<Asked, object>();
    const left = planKills(kills, dice).map((kill) => ({ kill, chances: CHANCES }));
    for (let wave = 1; left.length > 0; wave += 1) {
      const { asked, planned } = nextWave(left, KILLS_A_WAVE);
      if (!fresh.has(asked)) fresh.set(asked, await undisturbed(instant, asked, `calm-${fresh.size}`));
      const struck = new Wave(instant, jobMs, asked, `w${wave.toString(36)}`, dice, log);
      const expected = { fresh: fresh.get(asked)!, replacing };
      const fault = await struck.rage(inOrder(planned.map(({ kill }) => kill)), expected).then(
        () => undefined,
        (error: Error) => error.message,
      );
      const again = planned.filter(({ kill, chances }) => struck.missed.has(kill) && chances > 1);
      left.push(...again.map(({ kill, chances }) => ({ kill, chances: chances - 1 })));
      report.tried += struck.kills.length;
      struck.kills.forEach(({ moment }) => report.struck.add(moment.stage));
      report.runs += struck.runs.length;
      if (fault === undefined) report.survived += struck.kills.length;
      else {
        report.faults.push(`wave ${wave}: ${fault}`);
        log(`   FAULT ${fault}`);
        await struck.giveUp();
      }
      log(`wave ${wave}: kills survived ${report.survived} of ${report.tried} tried`);
    }
  } finally {
    await instant.stop();
  }
  const orphans = processesOf(instant.stateDir);
  if (orphans.length > 0) report.faults.push(`processes left: ${orphans.join('; ')}`);
  return report;
}

async function undisturbed(instant: InstantStack, asked: Asked, name: string): Promise<object> {
  const fresh = await instant.startRun({ ...asked, name, deploy: { approval: 'required' } });
  await approved(fresh, Date.now() + WAVE_MS);
  const left = await footprint(instant, fresh, await fresh.result());
  await removeEndpoint(instant, name);
  return left;
}

async function replaced(instant: InstantStack): Promise<object> {
  await (await instant.startRun({ name: 'chaos-first', deploy: { endpoint: SHARED, takeOver: true } })).result();
  const replacing = await instant.startRun({ name: 'undisturbed-next', deploy: { endpoint: SHARED, takeOver: true } });
  return footprint(instant, replacing, await replacing.result());
}

/** Runs at once, under the same kills: one that they are aimed at, one that replaces a model, one that is cancelled. */
class Wave {
  readonly kills: Kill[] = [];
  readonly missed = new Set<Kill>();
  readonly runs: Run[] = [];
  private readonly deadline = Date.now() + WAVE_MS;

  constructor(
    private readonly instant: InstantStack,
    private readonly jobMs: number,
    private readonly asked: Asked,
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
    const start = async (name: string, deploy: object, asked: Asked = this.asked): Promise<Run> => {
      const run = await this.instant.startRun({ ...asked, name: `${this.name}-${name}`, deploy });
      this.runs.push(run);
      return run;
    };
    const aim = await start('aim', { approval: 'required' });
    const replacing = expected.replacing && (await start('next', { endpoint: SHARED, takeOver: true }, {}));
    const cancelled = await start('off', {});
    const cancelling = this.cancel(cancelled, cancelAt);
    const sweeping = new Sweeping(this.instant);

    const aimedAt = { instant: this.instant, run: aim, name: `${this.name}-aim`, jobMs: this.jobMs };
    let approval: Promise<void> | undefined;
    for (const kill of kills) {
      // The kills of the stage `approve` meet a run that waits for a person, or one that is just being approved.
      const { stage } = kill.moment;
      const approves = kill.moment.at === 'upload' || kill.early < 0.5;
      if (shownAs(stage) === 'deploy' || (stage === 'approve' && approves)) {
        approval ??= approved(aim, this.deadline);
        approval.catch(() => undefined); // awaited below
      }
      if (shownAs(stage) === 'deploy') await approval;
      const hit = await strike(aimedAt, kill);
      this.log(`   ${hit ? 'killed' : 'missed'} ${inWords(kill)}`);
      if (hit) this.kills.push(kill);
      else this.missed.add(kill);
    }
    await (approval ?? approved(aim, this.deadline));
    await cancelling;
    await sweeping.ended();

    await this.endedAs(aim, expected.fresh);
    if (replacing) await this.endedAs(replacing, expected.replacing!);
    await this.leftNothing(cancelled, cancelAt);
    await this.nothingRuns();
    await this.noProcessesLeft();
  }

  /** Ends what a fault left running, so that the next wave begins with a clean table. */
  async giveUp(): Promise<void> {
    for (const run of this.runs) await run.terminate('chaos: gave up').catch(() => undefined); // ended already
  }

  private async endedAs(run: Run, expected: object): Promise<void> {
    const ended = await this.resultOf(run);
    if (ended instanceof Error) throw new Error(`${run.workflowId} ended with: ${ended.cause ?? ended.message}`);
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
    const name = run.workflowId.replace('finetune/', '');
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
  }

  private async nothingRuns(): Promise<void> {
    const running = await patiently(this.deadline, async () => {
      const { count } = await this.instant.client.workflow.count('ExecutionStatus = "Running"');
      if (count > 0) throw new Error(`${count} workflows are still running`);
      return count;
    });
    deepStrictEqual(running, 0);
  }

  /** Of jobs, and of endpoints once they are deleted. */
  private async noProcessesLeft(): Promise<void> {
    for (const kind of ['aim', 'off']) await removeEndpoint(this.instant, `${this.name}-${kind}`);
    await patiently(Date.now() + ENDS_WITHIN_MS, () => {
      const left = processesOf(join(this.instant.stateDir, 'sagemaker', '/'));
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

/**
 * Somebody who sweeps all the time, with everything that a sweep can be told to remove: of what runs, serves or waits for its
 * next stage, it must take nothing. What it takes wrongly shows as a run that ended otherwise.
 */
class Sweeping {
  private stopped = false;
  private swept = 0;
  private readonly done: Promise<void>;

  constructor(private readonly instant: InstantStack) {
    this.done = this.untilStopped();
  }

  /** @throws Error where none of the sweeps came to its end: then they proved nothing */
  async ended(): Promise<void> {
    this.stopped = true;
    await this.done;
    if (this.swept === 0) throw new Error('no sweep came to its end');
  }

  private async untilStopped(): Promise<void> {
    const { client, sageMaker, autoScaling, s3, stack } = this.instant;
    const sweeper = { temporal: knownBy(client), sageMaker, autoScaling };
    const place = { s3, bucket: stack.describe.bucket, prefix: 'attune' };
    do {
      // A server that is away just now ends it in the middle: so a sweep dies too.
      await sweep(sweeper, { delete: true, includeUnknown: true, scratch: true }, place).then(
        () => (this.swept += 1),
        () => undefined,
      );
      await sleep(SWEEP_EACH_MS);
    } while (!this.stopped);
  }
}

/** An endpoint that a run put into service, when all about it has been looked at. */
async function removeEndpoint({ sageMaker }: InstantStack, endpoint: string): Promise<void> {
  const there = async (): Promise<boolean> => {
    const { Endpoints = [] } = await sageMaker.send(new ListEndpointsCommand({ NameContains: endpoint }));
    return Endpoints.length > 0;
  };
  if (!(await there())) return;
  await sageMaker.send(new DeleteEndpointCommand({ EndpointName: endpoint }));
  await patiently(Date.now() + ENDS_WITHIN_MS, async () => {
    if (await there()) throw new Error(`endpoint ${endpoint} is still there`);
  });
}

/** A person who approves as soon as the run asks, however often the line breaks. */
async function approved(run: Run, deadline: number): Promise<void> {
  await patiently(deadline, async () => {
    if ((await stageOf(run)) === 'done') return;
    try {
      await run.executeUpdate(approve, { args: [{ by: 'a person' }] });
    } catch (error) {
      const { type } = ((error as Error).cause ?? {}) as { type?: string };
      if (type !== 'AlreadyDecided') throw error; // not asked yet, or the line broke: tried again
    }
  });
}

/** Again and again until it goes well or time is up. */
async function patiently<T>(deadline: number, action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50); // between two tries
    }
  }
}

/** Processes of this machine that work on the folder. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ');
      return words.includes(folder) ? [`${pid} ${words}`] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
}
