/**
 * News for other people's workflows. Nothing waits for them, and a workflow that is not there fails nothing.
 * @module
 */
import {
  CancellationScope,
  getExternalWorkflowHandle,
  log,
  patched,
  workflowInfo,
  type SignalDefinition,
} from '@temporalio/workflow';
import type { Run } from '../activities/types.js';
import {
  approvalReminder,
  fineTuneMilestone,
  type ApprovalReminder,
  type FineTuneMilestone,
  type Milestone,
} from '../run/messages.js';
import { MOST_NOTIFIED } from '../spec/limits.js';
import type { RunState } from './runState.js';

export class Milestones {
  private targets: string[];
  /** Of each target: all that was sent so far. What comes next follows it, because two at once may arrive in any order. */
  private readonly sent = new Map<string, Promise<unknown>>();

  constructor(
    private readonly state: RunState,
    input: unknown,
  ) {
    // A refused spec is news too, as far as its `notify` can be read.
    this.targets = targetsIn(input);
  }

  settle({ spec }: Run): void {
    this.targets = spec.notify.flatMap(({ workflowId }) => workflowId ?? []);
  }

  reached(
    milestone: Milestone,
    news: Pick<FineTuneMilestone, 'modelArtifact' | 'metrics'> & { status?: string } = {},
  ): void {
    const { asked } = this.state.progress();
    const about = news.metrics && asked ? { asked } : {};
    const message = { workflowId: workflowInfo().workflowId, milestone, status: this.state.status, ...news, ...about };
    this.tellAll(fineTuneMilestone, message, milestone);
  }

  /** A model waits for a person: whoever reminds people should do so. */
  reminds({ since, count }: Pick<ApprovalReminder, 'since' | 'count'>): void {
    const { reportHtml } = this.state.progress().artifacts;
    const reminder: ApprovalReminder = { workflowId: workflowInfo().workflowId, since, count, reportHtml };
    this.tellAll(approvalReminder, reminder, 'the wait for approval');
  }

  /** Before the run ends: what is not sent by then would be lost. */
  async delivered(): Promise<void> {
    await Promise.all(this.sent.values());
  }

  private tellAll<T>(signal: SignalDefinition<[T]>, message: T, what: string): void {
    for (const target of this.targets) {
      const before = this.sent.get(target) ?? Promise.resolve();
      const send = (): Promise<void> => this.tell(target, signal, message, what);
      // Of runs that began before this patch, a message does not wait for the one before it.
      this.sent.set(target, patched('milestones-in-order') ? before.then(send) : Promise.all([before, send()]));
    }
  }

  private async tell<T>(target: string, signal: SignalDefinition<[T]>, message: T, what: string): Promise<void> {
    try {
      await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(target).signal(signal, message));
    } catch (error) {
      log.warn('a workflow could not be told', { target, what, error });
      this.state.noticeOnce(`${what} could not be told to workflow ${target}: it does not run`);
    }
  }
}

function targetsIn(input: unknown): string[] {
  const notify = (input as { notify?: unknown } | null | undefined)?.notify;
  if (!Array.isArray(notify)) return [];
  const targets = notify
    .map((entry: { workflowId?: unknown } | null) => entry?.workflowId)
    .filter((id): id is string => typeof id === 'string' && id !== '');
  // A list that the schema refuses is not followed to its end: a workflow's signals are limited, and so is its task's time.
  return targets.length > MOST_NOTIFIED && patched('notifies-at-most-20') ? targets.slice(0, MOST_NOTIFIED) : targets;
}
