/**
 * Jobs that take simulated time and no process: the same records, statuses and events as real ones, one timer each. What a
 * job would have written is copied to S3 from a folder of ready-made outputs.
 *
 *     training/model.tar.gz   of training jobs, with training.log as what they printed
 *     <argument>/…            of processing jobs whose first ContainerArgument is that word
 * @module
 */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateProcessingJobRequest, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Context, InstantSettings } from '../context.js';
import type { JobEnd } from '../faults.js';
import { isTerminal, type JobKind, type JobState, type JobStatus } from '../jobs/jobFolder.js';
import { MetricReader } from '../jobs/metrics.js';
import { outlastS3 } from '../jobs/outlastS3.js';
import { FolderMirror, putStream, under } from '../s3.js';
import type { Announce, JobRecord, Jobs } from '../jobs/supervisor.js';
import { LogWriter } from '../logFiles.js';
import { durationMs } from './duration.js';
import { simulatedMetric } from './simulatedObjective.js';

interface Step {
  /** When it begins, as a share of the job's duration. */
  at: number;
  status: string;
  message: string;
}

/** After Starting. Processing jobs have no secondary statuses. */
const STEPS: Record<JobKind, Step[]> = {
  'training-job': [
    { at: 0.1, status: 'Downloading', message: 'Downloading input data' },
    { at: 0.2, status: 'Training', message: 'Training image download completed. Training in progress.' },
    { at: 0.9, status: 'Uploading', message: 'Uploading generated training model' },
  ],
  'processing-job': [],
};
const WORDS: Record<JobKind, string> = { 'training-job': 'Training job', 'processing-job': 'Processing job' };

export class InstantJobs implements Jobs {
  private readonly timers = new Map<JobRecord, NodeJS.Timeout>();
  private readonly closing = new AbortController();

  /** @param endOf  another end than success, where one was asked for */
  constructor(
    private readonly context: Context,
    private readonly settings: InstantSettings,
    private readonly announce: Announce,
    private readonly endOf: (record: JobRecord) => JobEnd | undefined,
  ) {}

  get<Record extends JobRecord>(kind: JobKind, name: string): Record | undefined {
    return this.context.store.get<JobRecord>(kind, name) as Record | undefined;
  }

  start(record: JobRecord, logPath: string): void {
    const log = new LogWriter(logPath);
    log.line(this.printed(record) ?? `simulated; outputs come from ${this.settings.outputs}`);
    log.close();
    record.state.startedAt = record.createdAt;
    this.context.store.put(record.kind, record.name, record);
    this.announce(record, record.state.transitions[0]!);
    this.goOn(record);
  }

  stop(record: JobRecord): void {
    const { kind, name } = record;
    record.stopAskedAt = this.context.now();
    // Its outputs are on their way already: it ends as completed, as a real one does.
    if (!this.timers.has(record)) return this.context.store.put(kind, name, record);
    this.enter(record, 'Stopping', `Stopping the ${WORDS[kind].toLowerCase()}`, 'Stopping');
    this.goOn(record);
  }

  forget({ kind, name }: JobRecord): void {
    this.context.store.delete(kind, name);
  }

  /** Jobs of an earlier emulator go on; those that were due meanwhile end at once. */
  resume(): void {
    for (const kind of Object.keys(STEPS) as JobKind[]) {
      for (const record of this.context.store.list<JobRecord>(kind)) if (!isTerminal(record.state)) this.goOn(record);
    }
  }

  close(): void {
    this.closing.abort();
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  /** Sets the timer for what comes next: a step, or the end. */
  private goOn(record: JobRecord): void {
    const { kind, name, state, createdAt, stopAskedAt } = record;
    if (state.status === 'Stopping') return this.at(record, stopAskedAt ?? 0, () => this.end(record, 'Stopped'));
    const step = STEPS[kind][state.transitions.length - 1];
    this.at(record, createdAt + durationMs(name, this.settings) * (step?.at ?? 1), () => {
      if (!step) return void this.finish(record);
      this.enter(record, step.status, step.message);
      this.goOn(record);
    });
  }

  private at(record: JobRecord, time: number, action: () => void): void {
    clearTimeout(this.timers.get(record));
    const timer = setTimeout(
      () => {
        this.timers.delete(record);
        action();
      },
      Math.max(0, time - this.context.now()),
    );
    this.timers.set(record, timer);
  }

  private async finish(record: JobRecord): Promise<void> {
    const end = this.endOf(record);
    if (end) return this.end(record, end.status, end);
    try {
      const written = await this.write(record);
      if (this.closing.signal.aborted) return;
      this.end(record, 'Completed', { ...written, metrics: this.metricsOf(record) });
    } catch (error) {
      if (this.closing.signal.aborted) return; // the next emulator goes on
      this.end(record, 'Failed', { failureReason: `ClientError: Artifact upload failed: ${(error as Error).message}` });
    }
  }

  private async write(record: JobRecord): Promise<Partial<JobState>> {
    const { outputs } = this.settings;
    if (record.kind === 'training-job') {
      const { OutputDataConfig } = record.request as CreateTrainingJobRequest;
      const modelArtifact = under(OutputDataConfig?.S3OutputPath ?? '', `${record.name}/output/model.tar.gz`);
      const archive = join(outputs, 'training', 'model.tar.gz');
      if (existsSync(archive))
        await outlastS3(() => putStream(modelArtifact, createReadStream(archive)), this.closing.signal);
      return { modelArtifact };
    }
    const { AppSpecification, ProcessingOutputConfig } = record.request as CreateProcessingJobRequest;
    const folder = join(outputs, AppSpecification?.ContainerArguments?.[0] ?? 'nothing');
    for (const { S3Output } of ProcessingOutputConfig?.Outputs ?? []) {
      const mirror = new FolderMirror(folder, S3Output?.S3Uri ?? '', false);
      await outlastS3(() => mirror.upload(), this.closing.signal);
    }
    return {};
  }

  private printed({ kind }: JobRecord): string | undefined {
    const path = join(this.settings.outputs, 'training.log');
    return kind === 'training-job' && existsSync(path) ? readFileSync(path, 'utf8').trimEnd() : undefined;
  }

  private metricsOf(record: JobRecord): JobState['metrics'] {
    const { AlgorithmSpecification } = record.request as CreateTrainingJobRequest;
    const reader = new MetricReader(AlgorithmSpecification?.MetricDefinitions);
    const now = this.context.now();
    for (const line of this.printed(record)?.split('\n') ?? []) reader.read(line, now);
    const objective = simulatedMetric(record, now);
    if (!objective) return reader.final;
    return [...reader.final.filter(({ MetricName }) => MetricName !== objective.MetricName), objective];
  }

  private enter(record: JobRecord, status: string, message: string, jobStatus: JobStatus = 'InProgress'): void {
    const now = this.context.now();
    const transitions = [...closed(record.state, now), { status, startedAt: now, message }];
    this.save(record, { status: jobStatus, transitions });
  }

  private end(record: JobRecord, status: JobStatus, rest: Partial<JobState> & { secondaryStatus?: string } = {}): void {
    const { secondaryStatus = status, ...members } = rest;
    const now = this.context.now();
    const message = `${WORDS[record.kind]} ${status.toLowerCase()}`;
    const last = { status: secondaryStatus, startedAt: now, endedAt: now, message };
    this.save(record, { ...members, status, transitions: [...closed(record.state, now), last], endedAt: now });
  }

  /** On record first, announced then. */
  private save(record: JobRecord, change: Partial<JobState>): void {
    record.state = { ...record.state, ...change, modifiedAt: this.context.now() };
    this.context.store.put(record.kind, record.name, record);
    this.announce(record, record.state.transitions.at(-1)!);
  }
}

const closed = (state: JobState, now: number): JobState['transitions'] =>
  state.transitions.map((transition) => ({ ...transition, endedAt: transition.endedAt ?? now }));
