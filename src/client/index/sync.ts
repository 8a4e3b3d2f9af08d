/**
 * The index of a spec is brought level with its documents: a workflow of its own does it, so that no client has to stay for it.
 * @module
 */
import { TypedSearchAttributes } from '@temporalio/common';
import { userInfo } from 'node:os';
import { endpointNameOf } from '../../run/endpoint.js';
import { syncWorkflowId, TASK_QUEUE } from '../../run/ids.js';
import { syncAgain } from '../../run/messages.js';
import { attuneModel } from '../../run/searchAttributes.js';
import type { SyncedIndex } from '../../run/vectorIndex.js';
import { AttuneError } from '../../spec/attuneError.js';
import { indexNameIn } from '../../spec/indexName.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { readyForWorkers, type SubmitDeps, type SubmitOptions } from '../runs/submit.js';
import { startRefusal } from '../temporal.js';
import { version } from '../version.js';
import { resultOf, type WaitOptions } from '../waited.js';

export interface SyncOptions extends SubmitOptions, WaitOptions {}

/**
 * Waits until the version in service holds what the documents are now. A sync that goes on already does it once more.
 *
 * @throws SpecRefused, or AttuneError of the failure's own type: NotAvailable where no version serves
 */
export async function syncIndex(
  { client, aws, settings }: Pick<SubmitDeps, 'client' | 'aws' | 'settings'>,
  specOrPath: string | object,
  options: SyncOptions = {},
): Promise<SyncedIndex> {
  const { input, spec } = await readyForWorkers({ aws, settings }, specOrPath, options);
  requireIndex(spec);
  const taskQueue = settings.taskQueue ?? TASK_QUEUE.workflows;
  const workflowId = syncWorkflowId(endpointNameOf(spec)!, taskQueue);
  try {
    const handle = await client.workflow.signalWithStart('syncIndex', {
      taskQueue,
      workflowId,
      args: [input],
      signal: syncAgain,
      signalArgs: [input],
      ...syncOptionsOf(spec),
    });
    return await resultOf<SyncedIndex>(
      client,
      handle,
      `index ${indexNameIn(spec.index!)} was not brought level`,
      options,
    );
  } catch (error) {
    throw startRefusal(error, client);
  }
}

/** What a sync carries into Temporal beside its spec: the same for one that a schedule starts. */
export const syncOptionsOf = (spec: FineTuneSpec) => ({
  typedSearchAttributes: new TypedSearchAttributes([{ key: attuneModel, value: spec.name }]),
  memo: { version: version(), submitter: userInfo().username },
  staticSummary: `index ${indexNameIn(spec.index!)}: brought level with its documents`.slice(0, 180),
});

/** @throws AttuneError NotAvailable where the spec has no index */
export function requireIndex({ name, index }: FineTuneSpec): void {
  if (index) return;
  throw new AttuneError('NotAvailable', `${name} has no index`, 'add the key index to its spec, and submit it');
}
