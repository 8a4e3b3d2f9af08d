/**
 * The runner's pen: every step of a job is on disk before the next one begins.
 * @module
 */
import type { ProcessIdentity } from './processIdentity.js';
import type { JobFolder, JobState, JobStatus } from './jobFolder.js';

/** SageMaker's limit on FailureReason, ExitMessage and the failure file. */
export const LONGEST_REASON = 1024;

export class Journal {
  private state: JobState;

  constructor(private readonly folder: JobFolder) {
    this.state = folder.state();
  }

  get startedAt(): number | undefined {
    return this.state.startedAt;
  }

  /** The job has its machine: the billed time begins. */
  started(): void {
    this.save({ startedAt: Date.now() });
  }

  /** Goes to the next secondary status. */
  enter(status: string, message: string, jobStatus: JobStatus = 'InProgress'): void {
    const now = Date.now();
    this.save({ status: jobStatus, transitions: [...this.closed(now), { status, startedAt: now, message }] });
  }

  end(status: JobStatus, secondary: string, message: string, rest: Partial<JobState> = {}): void {
    const now = Date.now();
    const last = { status: secondary, startedAt: now, endedAt: now, message };
    const failureReason = rest.failureReason?.slice(0, LONGEST_REASON);
    this.save({ ...rest, failureReason, status, transitions: [...this.closed(now), last], endedAt: now });
  }

  /** The first process of a container runs. */
  leader(leader: ProcessIdentity): void {
    this.save({ leaders: [...(this.state.leaders ?? []), leader] });
  }

  containersEnded(): void {
    this.save({ leaders: undefined });
  }

  metrics(metrics: JobState['metrics']): void {
    this.save({ metrics });
  }

  private closed(now: number): JobState['transitions'] {
    return this.state.transitions.map((transition) => ({ ...transition, endedAt: transition.endedAt ?? now }));
  }

  private save(change: Partial<JobState>): void {
    this.state = { ...this.state, ...change, modifiedAt: Date.now() };
    this.folder.writeState(this.state);
  }
}
