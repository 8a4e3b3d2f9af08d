/**
 * A model of what one namespace of Temporal knows: runs under reused ids, resets, retention, lists that lag, outages.
 * test/workflows/sweep-temporal.test.ts holds a real server to it.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Execution, WhatTemporalKnows } from '../../src/client/sweep/temporal.js';

export interface ModelExecution extends Execution {
  workflowId: string;
  /** Lists show it. */
  listed: boolean;
}

export class ModelTemporal implements WhatTemporalKnows {
  executions: ModelExecution[] = [];
  /** Answers nothing. */
  down = false;
  /** Lists do not show what begins from now on. */
  lags = false;
  /** Called before each answer. */
  asked: () => void = () => undefined;
  private clock = 0;

  constructor(readonly namespace: string) {}

  current(workflowId: string): ModelExecution | undefined {
    const last = this.executions.findLast((one) => one.workflowId === workflowId);
    return last?.status === 'RUNNING' ? last : undefined;
  }
  goesOn(firstRunId: string): boolean {
    return this.executions.some((one) => one.firstRunId === firstRunId && one.status === 'RUNNING');
  }

  start(workflowId: string, firstRunId?: string): ModelExecution {
    if (this.current(workflowId)) throw new Error(`${workflowId} runs already`);
    const runId = randomUUID();
    const began: ModelExecution = {
      workflowId,
      runId,
      firstRunId: firstRunId ?? runId,
      status: 'RUNNING',
      startedAt: (this.clock += 1),
      listed: !this.lags,
    };
    this.executions.push(began);
    return began;
  }
  end(workflowId: string, status: Execution['status'], result?: unknown): void {
    Object.assign(this.current(workflowId) ?? {}, { status, result });
  }
  /** As Temporal does: what runs under the id, whichever run's it is, is terminated. */
  reset(base: ModelExecution): ModelExecution {
    this.end(base.workflowId, 'TERMINATED');
    const next = this.start(base.workflowId, base.firstRunId);
    base.resetTo = next.runId;
    return next;
  }
  /** The retention of an execution is over. */
  forget(execution: ModelExecution): void {
    if (execution.status !== 'RUNNING') this.executions = this.executions.filter((one) => one !== execution);
  }
  catchUp(): void {
    for (const one of this.executions) one.listed = true;
    this.lags = false;
  }

  async executionsOf(workflowId: string, runId?: string): Promise<Execution[]> {
    this.answer();
    const ofId = this.executions.filter((one) => one.workflowId === workflowId);
    const found = new Set<ModelExecution>();
    const add = (one: ModelExecution | undefined): void => {
      if (one === undefined || found.has(one)) return;
      found.add(one);
      add(ofId.find((next) => next.runId === one.resetTo));
    };
    add(ofId.at(-1));
    add(ofId.find((one) => one.runId === runId));
    ofId.filter(({ listed }) => listed).forEach(add);
    return [...found];
  }
  async latestOf(workflowId: string): Promise<Execution | undefined> {
    this.answer();
    return this.executions.findLast((one) => one.workflowId === workflowId);
  }
  async workflowIdOf(runId: string): Promise<string | undefined> {
    this.answer();
    return this.executions.find((one) => one.runId === runId && one.listed)?.workflowId;
  }

  private answer(): void {
    this.asked();
    if (this.down) throw new Error('14 UNAVAILABLE: the server is away');
  }
}
