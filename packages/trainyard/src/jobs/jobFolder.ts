/**
 * A job's folder: what emulator and runner tell each other, in files, so that either may be killed.
 *
 *     job.json      what to run (emulator, once)
 *     state.json    how far it is (emulator once, then the runner only)
 *     runner.json   which process runs it (runner, once: who makes this file owns the job)
 *     stop          asked to stop (emulator, once)
 *     interruptions.json  of a spot job: when it is to lose its instances (emulator; the runner carries them out)
 *     runner.log    what the runner itself had to say
 *     hosts/        a folder for each host, removed when the job ends; in it ml/, its container's /opt/ml
 * @module
 */
import { existsSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateProcessingJobRequest, CreateTrainingJobRequest, MetricData } from '@aws-sdk/client-sagemaker';
import type { SpotInterruption } from '../faults.js';
import { writeWhole } from '../wholeFile.js';
import { identify, type ProcessIdentity } from './processIdentity.js';

export type JobKind = 'training-job' | 'processing-job';

/** What the runner needs to know. Credentials are not in it: they come by its environment. */
export type JobPlan = {
  name: string;
  arn: string;
  python: string;
  namespaces: boolean;
  stopGraceMs: number;
  /** The log stream's file. */
  logPath: string;
} & (
  | { kind: 'training-job'; request: CreateTrainingJobRequest }
  | { kind: 'processing-job'; request: CreateProcessingJobRequest }
);

/** Times in milliseconds since the epoch. */
export interface Transition {
  status: string;
  startedAt: number;
  endedAt?: number;
  message: string;
}

export type JobStatus = 'InProgress' | 'Stopping' | 'Completed' | 'Failed' | 'Stopped';

export interface JobState {
  status: JobStatus;
  /** The last one is the present secondary status. */
  transitions: Transition[];
  modifiedAt: number;
  /** When it got its (pretended) machine; absent when it never did. */
  startedAt?: number;
  endedAt?: number;
  failureReason?: string;
  exitMessage?: string;
  /** S3 URI of what was uploaded from model/. */
  modelArtifact?: string;
  metrics: (Omit<MetricData, 'Timestamp'> & { Timestamp: number })[];
  /** Leaders of the process groups that the job's own processes are in, one a host. */
  leaders?: ProcessIdentity[];
}

export const isTerminal = ({ status }: JobState): boolean => status !== 'InProgress' && status !== 'Stopping';

export class JobFolder {
  constructor(readonly path: string) {}

  static of(stateDir: string, kind: JobKind, name: string): JobFolder {
    return new JobFolder(join(stateDir, 'jobs', kind, name));
  }

  /** The first container's /opt/ml. */
  get ml(): string {
    return this.mlOf('algo-1');
  }

  mlOf(host: string): string {
    return join(this.hosts, host, 'ml');
  }

  /** By which the hosts of an isolated job find the network that they share. */
  get network(): string {
    return join(this.hosts, 'network');
  }

  /** What its hosts find as /etc/hosts. */
  get names(): string {
    return join(this.hosts, 'names');
  }

  removeHosts(): void {
    rmSync(this.hosts, { recursive: true, force: true });
  }

  private get hosts(): string {
    return join(this.path, 'hosts');
  }

  create(plan: JobPlan, state: JobState): void {
    mkdirSync(this.path, { recursive: true });
    this.writeState(state);
    writeWhole(join(this.path, 'job.json'), JSON.stringify(plan));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  plan(): JobPlan {
    return JSON.parse(readFileSync(join(this.path, 'job.json'), 'utf8')) as JobPlan;
  }

  state(): JobState {
    return JSON.parse(readFileSync(this.statePath, 'utf8')) as JobState;
  }

  writeState(state: JobState): void {
    writeWhole(this.statePath, JSON.stringify(state));
  }

  get statePath(): string {
    return join(this.path, 'state.json');
  }

  askToStop(): void {
    writeFileSync(join(this.path, 'stop'), '');
  }

  stopAsked(): boolean {
    return existsSync(join(this.path, 'stop'));
  }

  addInterruptions(added: SpotInterruption[]): void {
    if (added.length) writeWhole(this.interruptionsPath, JSON.stringify([...this.interruptions(), ...added]));
  }

  interruptions(): SpotInterruption[] {
    if (!existsSync(this.interruptionsPath)) return [];
    return JSON.parse(readFileSync(this.interruptionsPath, 'utf8')) as SpotInterruption[];
  }

  private get interruptionsPath(): string {
    return join(this.path, 'interruptions.json');
  }

  /** Makes the calling process the job's only runner. @returns false when another one is it already */
  claim(): boolean {
    const mine = join(this.path, `runner.${process.pid}.tmp`);
    writeFileSync(mine, JSON.stringify(identify(process.pid)));
    try {
      linkSync(mine, this.runnerPath);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(mine, { force: true });
    }
  }

  runner(): ProcessIdentity | undefined {
    if (!existsSync(this.runnerPath)) return undefined;
    return JSON.parse(readFileSync(this.runnerPath, 'utf8')) as ProcessIdentity;
  }

  openRunnerLog(): number {
    return openSync(join(this.path, 'runner.log'), 'a');
  }

  private get runnerPath(): string {
    return join(this.path, 'runner.json');
  }
}
