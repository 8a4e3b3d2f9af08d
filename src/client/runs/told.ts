/**
 * Who tells of runs: Temporal, and their records in S3 where it has forgotten them or does not answer.
 * @module
 */
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { json } from 'node:stream/consumers';
import type { Progress } from '../../run/progress.js';
import type { AttuneError } from '../../spec/attuneError.js';
import { parseSpec } from '../../spec/parse.js';
import { readObject } from '../aws.js';
import type { ListOptions, RunSummary } from './list.js';
import { progressOf } from './progress.js';
import { findRun } from '../temporal.js';
import { listAll, orRecorded, recordedRun, recordedRuns, type Records } from './recorded.js';

export interface Told {
  progress(id: string): Promise<Progress>;
  /** With its defaults: as the run was started with it, or as it lies in its folder. */
  spec(progress: Progress, id: string): Promise<unknown>;
  list(options?: ListOptions): Promise<RunSummary[]>;
}

export function toldByTemporal(
  client: Client,
  page: (workflowId: string, runId: string) => string,
  records: Records,
): Told {
  return {
    progress: (id) => orRecorded(records, id, () => progressOf(client, id)),
    spec: async (progress, id) =>
      progress.readFrom === undefined ? startedWith(client, await findRun(client, id)) : specIn(records, progress),
    list: (options) => listAll(client, page, records, options),
  };
}

/** @param silence  why Temporal is not asked: thrown for what no record tells */
export function toldByRecords(records: Records, silence: AttuneError): Told {
  return {
    progress: async (id) => {
      const recorded = await recordedRun(records, id);
      if (!recorded) throw silence;
      return { ...recorded, mayBeOld: true as const };
    },
    spec: (progress) => specIn(records, progress),
    list: async (options = {}) => {
      // No record tells what goes on, and without a bucket there is none to look for.
      if (options.running || !records.settings.bucket) throw silence;
      return (await recordedRuns(records, options)).map((run) => ({ ...run, mayBeOld: true as const }));
    },
  };
}

const specIn = async ({ s3 }: Records, { artifacts }: Progress): Promise<unknown> =>
  json(await readObject(s3(), artifacts['spec']!));

/** The run's argument, from the first event of its history, with defaults filled in. */
async function startedWith(client: Client, handle: WorkflowHandle): Promise<unknown> {
  const { workflowId, runId } = await handle.describe();
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  let decoded = (payloads ?? []) as Payload[];
  for (const codec of [...payloadCodecs].reverse()) decoded = await codec.decode(decoded);
  const raw: unknown = decoded[0] && payloadConverter.fromPayload(decoded[0]);
  const parsed = parseSpec(raw);
  return parsed.ok ? parsed.spec : raw;
}
