/**
 * Runs tuning jobs: looks at each in short turns, and does what is due next. Every turn starts from what is on disk, so
 * that an emulator started anew goes on where the last one was killed.
 * @module
 */
import type { Context } from '../context.js';
import { AwsError } from '../errors.js';
import { outlastS3 } from '../jobs/outlastS3.js';
import type { JobRecord, Jobs } from '../jobs/supervisor.js';
import { createTrainingJob, statusOf } from '../jobs/training.js';
import type { CurveOf } from './curve.js';
import { hasConverged, mostTrials, verdictOf } from './completion.js';
import { announceTuning } from './describe.js';
import { bracketOf, halve, isBehindMedian } from './earlyStopping.js';
import {
  configOf,
  isBetter,
  isOver,
  objectiveOf,
  trainingRequest,
  trialName,
  TUNING_JOB,
  type Ending,
  type Trial,
  type TuningRecord,
} from './record.js';
import { rangesOf, suggest, type Observation } from './suggestions.js';
import { halvingOf } from './tuningRules.js';
import { hasEnded, resultOf, summariesOf, summaryOf } from './trials.js';

const LOOK_MS = 100;

export class Tuner {
  private timer: NodeJS.Timeout | undefined;
  /** Tuning jobs that wait for suggestions, or for a training job to be created. */
  private readonly busy = new Set<string>();
  private readonly closing = new AbortController();

  constructor(
    private readonly context: Context,
    readonly jobs: Jobs,
    private readonly curveOf: CurveOf,
  ) {}

  start(record: TuningRecord): void {
    this.save(record);
    announceTuning(this.context, this.jobs, record);
    this.watch();
  }

  stop(record: TuningRecord): void {
    this.save(record, { status: 'Stopping', ending: { status: 'Stopped' } });
    announceTuning(this.context, this.jobs, record);
  }

  /** Goes on with the tuning jobs of an earlier emulator. */
  resume(): void {
    for (const record of this.active()) {
      for (const trial of record.trials) {
        // Launched, but the emulator was killed before it could write that down.
        trial.launched ||= this.jobs.get('training-job', trial.name) !== undefined;
      }
      this.save(record);
      this.watch();
    }
  }

  /** Stops looking; the training jobs go on. */
  close(): void {
    clearInterval(this.timer);
    this.closing.abort();
  }

  private active(): TuningRecord[] {
    return this.context.store.list<TuningRecord>(TUNING_JOB).filter((record) => !isOver(record));
  }

  private watch(): void {
    this.timer ??= setInterval(() => {
      const active = this.active();
      for (const record of active) this.look(record);
      if (active.length > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    }, LOOK_MS);
  }

  private look(record: TuningRecord): void {
    this.takeEnds(record);
    const summaries = summariesOf(record, this.context, this.jobs);
    if (record.convergedAt === undefined && hasConverged(record, summaries)) {
      this.save(record, { convergedAt: this.context.now() });
    }
    if (!record.ending) {
      const ending = verdictOf(record, summaries, this.context.now());
      if (ending) this.save(record, { ending });
    }
    if (record.ending) return this.windDown(record, record.ending);
    this.stopEarly(record);
    if (!this.busy.has(record.name)) this.inBackground(record, this.goOn(record));
  }

  /** Keeps the last state of training jobs that have ended. */
  private takeEnds(record: TuningRecord): void {
    for (const trial of record.trials) {
      if (!trial.launched || trial.end) continue;
      const summary = summaryOf(record, trial, this.context, this.jobs);
      if (!hasEnded(summary)) continue;
      trial.end = { summary, curve: this.curve(record, trial) };
      this.save(record);
    }
  }

  /** Stops what still runs; once nothing does, the tuning job has ended. */
  private windDown(record: TuningRecord, { status, failureReason }: Ending): void {
    const running = record.trials.filter(({ launched, end }) => launched && !end);
    for (const trial of running) this.stopTrial(trial);
    if (running.length > 0 || this.busy.has(record.name)) return;
    this.save(record, { status, failureReason, endedAt: this.context.now() });
    announceTuning(this.context, this.jobs, record);
  }

  private stopTrial({ name }: Trial): void {
    const job = this.jobs.get<JobRecord>('training-job', name);
    if (job && statusOf(job) === 'InProgress') this.jobs.stop(job);
  }

  private stopEarly(record: TuningRecord): void {
    const { Strategy, TrainingJobEarlyStoppingType } = configOf(record);
    if (Strategy !== 'Hyperband' && TrainingJobEarlyStoppingType !== 'Auto') return;
    const better = (one: number, other: number): boolean => isBetter(record, one, other);
    const curves = record.trials.map((trial) => trial.end?.curve ?? this.curve(record, trial));
    const finished = record.trials.flatMap(({ end }) =>
      end?.summary.TrainingJobStatus === 'Completed' ? [end.curve] : [],
    );
    const halving = halvingOf(record.request);
    for (const [index, trial] of record.trials.entries()) {
      if (!trial.launched || trial.end) continue;
      const curve = curves[index]!;
      if (!halving) {
        if (isBehindMedian(curve, finished, better)) this.stopTrial(trial);
        continue;
      }
      const bracket = bracketOf(index, halving);
      const others = curves.filter((_, other) => other !== index && bracketOf(other, halving) === bracket);
      const { stop, passed } = halve({ curve, passed: trial.rungs, bracket }, others, halving, better);
      if (stop) this.stopTrial(trial);
      if (passed === trial.rungs) continue;
      trial.rungs = passed;
      this.save(record);
    }
  }

  private curve(record: TuningRecord, { name, launched }: Trial): number[] {
    const job = launched ? this.jobs.get<JobRecord>('training-job', name) : undefined;
    return job ? this.curveOf(job, objectiveOf(record).MetricName ?? '', this.context) : [];
  }

  /** Decides on the next trials, puts the decision on disk, and launches them. */
  private async goOn(record: TuningRecord): Promise<void> {
    const waiting = record.trials.filter(({ launched }) => !launched);
    if (waiting.length === 0) {
      const running = record.trials.filter(({ end }) => !end).length;
      const free = (configOf(record).ResourceLimits?.MaxParallelTrainingJobs ?? 1) - running;
      const count = Math.min(free, mostTrials(record) - record.trials.length);
      if (count <= 0) return;
      const suggestions = await this.ask(record, count);
      if (record.ending) return;
      for (const parameters of suggestions) {
        const name = trialName(record, record.trials.length);
        waiting.push({ name, parameters, launched: false, rungs: 0 });
        record.trials.push(waiting.at(-1)!);
      }
      this.save(record);
    }
    for (const trial of waiting) {
      if (record.ending) return;
      await this.launch(record, trial);
    }
  }

  private ask(record: TuningRecord, count: number): Promise<Record<string, string>[]> {
    const { Strategy = '', ParameterRanges } = configOf(record);
    const tried = record.trials.map(({ parameters, end }): Observation => {
      const value = end && resultOf(end.summary);
      return { parameters, value };
    });
    const question = {
      strategy: Strategy,
      direction: objectiveOf(record).Type ?? '',
      ranges: rangesOf(ParameterRanges),
      seed: record.seed,
      ordinal: record.trials.length,
      count,
      startup: Math.min(10, Math.max(3, Math.ceil(mostTrials(record) / 3))),
      trials: [...record.learned, ...tried],
    };
    return suggest(this.context.settings.python, question, this.closing.signal);
  }

  private async launch(record: TuningRecord, trial: Trial): Promise<void> {
    const request = trainingRequest(record, trial);
    const { parameters } = trial;
    const launch = () => createTrainingJob(this.jobs, request, this.context, { tuningJobArn: record.arn, parameters });
    await outlastS3(launch, this.closing.signal);
    trial.launched = true;
    this.save(record);
  }

  private inBackground(record: TuningRecord, work: Promise<void>): void {
    this.busy.add(record.name);
    void work
      .catch((error: unknown) => {
        if (this.closing.signal.aborted) return; // the next emulator goes on
        const message = error instanceof Error ? error.message : String(error);
        const failureReason =
          error instanceof AwsError
            ? `ClientError: ${message}`
            : `InternalServerError: We encountered an internal error. Please try again. (${message})`;
        this.save(record, { ending: { status: 'Failed', failureReason } });
      })
      .finally(() => this.busy.delete(record.name));
  }

  private save(record: TuningRecord, change: Partial<TuningRecord> = {}): void {
    Object.assign(record, change, { modifiedAt: this.context.now() });
    this.context.store.put(TUNING_JOB, record.name, record);
  }
}
