/**
 * News for people, each once: to those receivers of the spec's `notify` that are no workflows. Nothing waits for them but the end
 * of the run, and that for minutes at most; who cannot be told fails nothing.
 * @module
 */
import { CancellationScope, log, patched, workflowInfo } from '@temporalio/workflow';
import type { Run } from '../activities/types.js';
import { newsOf } from '../run/news.js';
import { MOST_NOTIFIED } from '../spec/limits.js';
import type { NewsEvent } from '../spec/notifySchema.js';
import type { RunState } from './runState.js';
import { io } from './waits/activities.js';
import { rootFailure } from './waits/failure.js';
import * as options from './waits/options.js';

interface Target {
  /** Its place in `notify`, from 0. */
  index: number;
  /** As it was written: the activity checks it. */
  entry: object;
  on?: readonly unknown[];
}

/** An entry of a refused spec may be of any size. */
const MOST_ENTRY_CHARS = 8_192;

export class People {
  private targets: Target[];
  /** How often each was told: a model may wait for a person twice. */
  private readonly counts = new Map<NewsEvent, number>();
  private readonly sent: Promise<void>[] = [];

  constructor(
    private readonly state: RunState,
    input: unknown,
  ) {
    // That a spec was refused is news too, as far as its `notify` can be read.
    this.targets = targetsIn(input);
    state.onHalfBudget = () => this.hear('halfBudget');
  }

  settle({ spec }: Run): void {
    this.targets = targetsIn(spec);
  }

  /** It has happened. @see NEWS */
  hear(event: NewsEvent): void {
    const asked = this.targets.filter(({ on }) => on === undefined || on.includes(event));
    // Runs of earlier versions end without: their specs were refused for such a receiver.
    if (asked.length === 0 || !patched('people-are-told')) return;
    const count = (this.counts.get(event) ?? 0) + 1;
    this.counts.set(event, count);
    const { runId } = workflowInfo();
    const id = `${runId}-${event}-${count}`;
    const news = newsOf(this.state.progress(), { event, id, runId, at: new Date().toISOString() });
    const { settledRun } = this.state;
    const run = settledRun && { folder: settledRun.folder, spec: settledRun.spec };
    for (const { index, entry } of asked) {
      const tell = io(options.tell, `tell notify[${index}]: ${event}`).tellPeople;
      const sent = CancellationScope.nonCancellable(() => tell({ run, index, entry, news }));
      this.sent.push(
        sent.then(
          () => undefined,
          (error: unknown) => this.couldNot(index, event, error),
        ),
      );
    }
  }

  /** Before the run ends: what is not sent by then would be lost. */
  async delivered(): Promise<void> {
    await Promise.all(this.sent);
  }

  private couldNot(index: number, event: NewsEvent, error: unknown): void {
    log.warn('a receiver could not be told', { index, event, error });
    const why = rootFailure(error)?.message ?? 'no worker could tell it in time';
    this.state.noticeOnce(`notify[${index}] was not told of ${event}: ${why}`);
  }
}

function targetsIn(input: unknown): Target[] {
  const notify = (input as { notify?: unknown } | null | undefined)?.notify;
  if (!Array.isArray(notify)) return [];
  return notify.slice(0, MOST_NOTIFIED).flatMap((entry: unknown, index): Target[] => {
    if (typeof entry !== 'object' || entry === null || 'workflowId' in entry) return [];
    if (JSON.stringify(entry).length > MOST_ENTRY_CHARS) return [];
    const { on } = entry as { on?: unknown };
    return [{ index, entry, on: Array.isArray(on) ? on : undefined }];
  });
}
