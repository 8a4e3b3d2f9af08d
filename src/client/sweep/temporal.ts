/**
 * What a sweep has to know of Temporal.
 * @module
 */
import {
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionStatusName,
} from '@temporalio/client';

/** One execution of a workflow id. A run may have several: one for each reset, retry and continue-as-new. */
export interface Execution {
  runId: string;
  /** Of the execution that it goes back to; its own where it is the first. */
  firstRunId: string;
  status: WorkflowExecutionStatusName;
  /** Epoch milliseconds. */
  startedAt: number;
  /** Run id of the newest execution that a reset has put in its place. */
  resetTo?: string;
  /** Of one that has completed. */
  result?: unknown;
}

/** Each call throws where Temporal does not answer: then nothing is known, not even that there is nothing. */
export interface WhatTemporalKnows {
  namespace: string;
  /**
   * All executions of a workflow id that are still known.
   *
   * @param runId  one of them that is looked at by its id, with those that resets made of it: lists lag behind
   */
  executionsOf(workflowId: string, runId?: string): Promise<Execution[]>;
  /** The last one of a workflow id. */
  latestOf(workflowId: string): Promise<Execution | undefined>;
  /** The workflow id of an execution, for where a tag could not hold it. */
  workflowIdOf(runId: string): Promise<string | undefined>;
}

export function knownBy(client: Client): WhatTemporalKnows {
  const listed = async (query: string): Promise<{ workflowId: string; runId: string }[]> => {
    const found: { workflowId: string; runId: string }[] = [];
    for await (const { workflowId, runId } of client.workflow.list({ query })) found.push({ workflowId, runId });
    return found;
  };
  return {
    namespace: client.options.namespace,
    latestOf: (workflowId) => lookedAt(client, workflowId),

    async executionsOf(workflowId, runId) {
      const known = new Map<string, Execution>();
      const add = async (id?: string): Promise<void> => {
        const execution = id !== undefined && known.has(id) ? undefined : await lookedAt(client, workflowId, id);
        if (execution === undefined) return;
        known.set(execution.runId, execution);
        if (execution.resetTo !== undefined) await add(execution.resetTo);
      };
      await add();
      if (runId !== undefined) await add(runId);
      for (const one of await listed(`WorkflowId = ${quoted(workflowId)}`)) await add(one.runId);
      return [...known.values()];
    },

    workflowIdOf: async (runId) => (await listed(`RunId = ${quoted(runId)}`))[0]?.workflowId,
  };
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** By its id, not by a list: those lag behind. Without a run id, the last execution. */
async function lookedAt(client: Client, workflowId: string, runId?: string): Promise<Execution | undefined> {
  const handle = client.workflow.getHandle(workflowId, runId);
  try {
    const description = await handle.describe();
    const { runId: found, status, startTime, raw } = description;
    return {
      runId: found,
      firstRunId: raw.workflowExecutionInfo?.firstRunId || found,
      status: status.name,
      startedAt: startTime.getTime(),
      resetTo: resetOf(description),
      result: status.name === 'COMPLETED' ? await resultOf(client, workflowId, found) : undefined,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Of this very execution, whatever has followed it. */
const resultOf = (client: Client, workflowId: string, runId: string): Promise<unknown> =>
  client.workflow.result(workflowId, runId, { followRuns: false });

const resetOf = ({ raw }: WorkflowExecutionDescription): string | undefined =>
  raw.workflowExtendedInfo?.resetRunId || undefined;
