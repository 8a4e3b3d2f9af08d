/**
 * prepare: the data, cleaned, split and proven to leak nothing.
 * @module
 */
import type { Run } from '../../activities/types.js';
import { filesOf } from '../../run/files.js';
import { enter, type At } from './at.js';

export async function prepare(at: At, run: Run): Promise<void> {
  enter(at, 'prepare');
  await at.attempts.run(run, { stage: 'prepare' });
  const { data, dataReport } = filesOf(run);
  at.state.addArtifacts({ data, dataReport });
}
