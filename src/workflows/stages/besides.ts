/**
 * A new endpoint stands beside the old one until its index is there: either both go into service together, or both go away.
 * @module
 */
import { CancellationScope, log, TemporalFailure } from '@temporalio/workflow';
import type { Run, ServedModel } from '../../activities/types.js';
import { indexNameIn } from '../../spec/indexName.js';
import type { Deployed } from '../deployment.js';
import { removeEndpoint } from '../removeEndpoint.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import type { At } from './at.js';
import { tellRegistry } from './registered.js';
import { switchIndex } from './switch.js';
import { makeVersion } from './vectorIndex.js';
import { verified } from './verify.js';

/**
 * @param from  version of the index that served when the candidate was compared
 * @returns     whether the pair serves; where another one went into service meanwhile, nothing is left of this one
 */
export async function servesWithIndex(
  at: At,
  run: Run,
  packaged: ServedModel,
  deployed: Extract<Deployed, { outcome: 'deployed' }>,
  { replaces, version: from }: { replaces?: string; version?: string },
): Promise<boolean> {
  const { name: endpoint } = at.state.progress().endpoint!;
  try {
    await verified(at, run, deployed, replaces);
    const begun = await makeVersion(at, run, packaged);
    if (await switchIndex(at, run, begun, packaged, from)) {
      if (run.spec.deploy && run.spec.deploy.approval === 'none')
        await tellRegistry(at, 'approved', `serves at endpoint ${endpoint}, with its index`);
      return true;
    }
    at.state.notice(`another version of index ${begun.version.name} went into service meanwhile`);
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    await CancellationScope.nonCancellable(() => takeAway(at, run, packaged, endpoint));
    throw error;
  }
  await CancellationScope.nonCancellable(() => takeAway(at, run, packaged, endpoint));
  return false;
}

/** What could not be removed is told: it costs money. */
async function takeAway({ state }: At, run: Run, { modelDataUrl }: ServedModel, endpoint: string): Promise<void> {
  const name = indexNameIn(run.spec.index!);
  try {
    const dropped = io(options.dropIndex, `remove the version of ${name}`).abandonVersion({ run, modelDataUrl });
    const { gone } = await dropped;
    if (!gone) return; // it serves: the switch had come that far
    state.leavesIndex();
    state.stopped(`index ${name}: the version of this run removed`);
    await removeEndpoint(run, endpoint);
    state.serves(undefined);
    state.stopped(`endpoint ${endpoint}: removed`);
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    log.warn('the endpoint beside the old one could not be removed', { endpoint, error });
    state.stopped(`endpoint ${endpoint} and its index: unknown, look at them`);
  }
}
