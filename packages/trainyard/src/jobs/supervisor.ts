/**
 * The emulator's side of jobs: starts a runner for each, follows its state file, and notices a runner's death. Runners live
 * on when the emulator dies; `resume` finds them again.
 * @module
 */
import { spawn } from 'node:child_process';
import { closeSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CreateProcessingJobRequest, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Context } from '../context.js';
import type { SpotInterruption } from '../faults.js';
import { isTerminal, JobFolder, type JobKind, type JobPlan, type JobState, type Transition } from './jobFolder.js';
import { isAlive, killContainers } from './processIdentity.js';

export interface JobRecord<Request = CreateTrainingJobRequest | CreateProcessingJobRequest> {
  kind: JobKind;
  name: string;
  arn: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  request: Request;
  state: JobState;
  /** When Stop was called, in milliseconds since the epoch. */
  stopAskedAt?: number;
  /** Of a training job that a tuning job launched: whose it is, and what it tries. */
  trial?: { tuningJobArn: string; parameters: Record<string, string> };
}

/** Told of each change of a job's state; `transition` is the one that is new. */
export type Announce = (record: JobRecord, transition: Transition) => void;

const FOLLOW_MS = 100;
const RUNNER = fileURLToPath(new URL('./runner-main.js', import.meta.url));
/** The AWS SDK tells every process which Node.js it will want next year. */
export const QUIET_SDK = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
const KINDS: JobKind[] = ['training-job', 'processing-job'];

/** What the API needs of whatever runs the jobs: processes here, timers in the instant mode. */
export type Jobs = Pick<Supervisor, 'get' | 'start' | 'stop' | 'forget' | 'resume' | 'close'>;

export class Supervisor {
  /** Jobs that run, by the path of their folder; with what was last seen of their state file. */
  private readonly running = new Map<string, { record: JobRecord; seen: string }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly context: Context,
    private readonly announce: Announce,
    /** What interrupts a spot job from now on. */
    private readonly interruptionsOf: (record: JobRecord) => SpotInterruption[],
  ) {}

  get<Record extends JobRecord>(kind: JobKind, name: string): Record | undefined {
    const record = this.context.store.get<JobRecord>(kind, name);
    if (record) this.refresh(record);
    return record as Record | undefined;
  }

  start(record: JobRecord, logPath: string): void {
    const { settings, store } = this.context;
    const folder = this.folderOf(record);
    const { name, arn, kind, request } = record;
    const plan = {
      name,
      arn,
      kind,
      request,
      python: settings.python,
      namespaces: settings.namespaces,
      stopGraceMs: settings.stopGraceMs,
      logPath,
    } as JobPlan;
    // Folder before record: a job that is on record can be run, whatever happens between the two.
    folder.remove();
    folder.create(plan, record.state);
    this.interrupt(record);
    store.put(kind, name, record);
    this.announceFrom(record, 0);
    this.follow(record);
    // After the reply: starting a process takes longer than anything else here.
    setImmediate(() => this.launch(record));
  }

  stop(record: JobRecord): void {
    record.stopAskedAt = this.context.now();
    this.folderOf(record).askToStop();
    this.context.store.put(record.kind, record.name, record);
  }

  forget(record: JobRecord): void {
    this.folderOf(record).remove();
    this.context.store.delete(record.kind, record.name);
  }

  /** Finds the jobs of an earlier emulator: those that still run, those that ended meanwhile, those not yet started. */
  resume(): void {
    for (const record of KINDS.flatMap((kind) => this.context.store.list<JobRecord>(kind))) {
      if (isTerminal(record.state)) continue;
      this.follow(record);
      if (this.folderOf(record).runner()) this.refresh(record);
      else this.launch(record);
    }
  }

  /** Stops following; the jobs go on. */
  close(): void {
    clearInterval(this.timer);
  }

  private launch(record: JobRecord): void {
    const folder = this.folderOf(record);
    const log = folder.openRunnerLog();
    const env = { ...withoutAws(process.env), ...this.context.settings.awsEnvironment, ...QUIET_SDK };
    const runner = spawn(process.execPath, [RUNNER, folder.path], { detached: true, stdio: ['ignore', log, log], env });
    closeSync(log);
    runner.on('error', (error) => this.fail(record, `no runner: ${error.message}`));
    runner.on('exit', () => {
      if (folder.runner()) this.noticeDeath(record);
      else this.fail(record, `the runner ended before it began; see ${folder.path}/runner.log`);
    });
    runner.unref();
  }

  private follow(record: JobRecord): void {
    this.running.set(this.folderOf(record).path, { record, seen: '' });
    this.timer ??= setInterval(() => this.followAll(), FOLLOW_MS);
  }

  private followAll(): void {
    for (const { record } of this.running.values()) {
      this.interrupt(record);
      this.refresh(record);
    }
    if (this.running.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Passes on what is to interrupt a spot job: its runner carries it out, whether or not the emulator still runs. */
  private interrupt(record: JobRecord): void {
    const isSpot = 'EnableManagedSpotTraining' in record.request && record.request.EnableManagedSpotTraining;
    if (isSpot) this.folderOf(record).addInterruptions(this.interruptionsOf(record));
  }

  /** Takes over what the runner wrote since the last look. */
  private refresh(record: JobRecord): void {
    const folder = this.folderOf(record);
    const entry = this.running.get(folder.path);
    if (!entry) return;
    const file = statSync(folder.statePath, { throwIfNoEntry: false });
    if (!file) return this.fail(record, "the job's folder is gone");
    const { mtimeMs, ino } = file;
    const seen = `${ino} ${mtimeMs}`;
    if (seen === entry.seen) return this.noticeDeath(record);
    entry.seen = seen;
    this.take(record, folder.state());
  }

  private take(record: JobRecord, state: JobState): void {
    const known = record.state.transitions.length;
    record.state = state;
    this.context.store.put(record.kind, record.name, record);
    this.announceFrom(record, known);
    if (isTerminal(state)) this.running.delete(this.folderOf(record).path);
  }

  /** A runner that is gone without a last word: the platform's fault, as far as the job's owner is concerned. */
  private noticeDeath(record: JobRecord): void {
    const folder = this.folderOf(record);
    if (!this.running.has(folder.path)) return;
    const runner = folder.runner();
    if (!runner || isAlive(runner)) return;
    const state = folder.state();
    this.take(record, state);
    if (isTerminal(state)) return;
    killContainers(folder.path, state.leaders);
    this.fail(record, 'the process that ran the job is gone');
  }

  private fail(record: JobRecord, why: string): void {
    if (!this.running.has(this.folderOf(record).path)) return;
    this.take(record, failedFor(why, record.state, this.context.now()));
  }

  private announceFrom(record: JobRecord, known: number): void {
    for (const transition of record.state.transitions.slice(known)) this.announce(record, transition);
  }

  private folderOf({ kind, name }: JobRecord): JobFolder {
    return JobFolder.of(this.context.settings.stateDir, kind, name);
  }
}

function failedFor(why: string, state: JobState, now: number): JobState {
  const transitions = state.transitions.map((transition) => ({ ...transition, endedAt: transition.endedAt ?? now }));
  return {
    ...state,
    status: 'Failed',
    transitions: [...transitions, { status: 'Failed', startedAt: now, endedAt: now, message: 'Job failed' }],
    modifiedAt: now,
    endedAt: now,
    failureReason: `InternalServerError: We encountered an internal error. Please try again. (${why})`,
  };
}

/** The emulator's own AWS settings are not the jobs': theirs are given in full. */
const withoutAws = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
