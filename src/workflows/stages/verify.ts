/**
 * verify: what the live endpoint was found to give. The endpoint's own workflow asks it, so that it can still put the old
 * model back; the run learns of it afterwards, and by then nothing can stop it.
 * @module
 */
import type { Run } from '../../activities/types.js';
import { tellLists } from '../decision/lineage.js';
import type { Deployed } from '../deployment.js';
import type { At } from './at.js';
import { tellRegistry } from './registered.js';

export async function verified(
  at: At,
  run: Run,
  { verification, settledAt, notices }: Extract<Deployed, { outcome: 'deployed' }>,
  replaced: string | undefined,
): Promise<void> {
  const { state } = at;
  const { name, configName } = state.progress().endpoint!;
  notices.forEach((notice) => state.notice(notice));
  state.enter('verify', settledAt);
  state.serves({ name, configName, status: 'InService', parityMinCosine: verification.minCosine });
  state.addArtifacts({ verification: verification.uri });
  tellLists(state.traces({ endpoint: { name, configName }, replaced }));
  const approval = run.spec.deploy && run.spec.deploy.approval;
  // With an index it does not serve yet.
  if (approval === 'none' && !run.spec.index)
    await tellRegistry(at, 'approved', `serves at endpoint ${name}, verified there`);
}
