/**
 * prepare: the data, cleaned, split and proven to leak nothing.
 * @module
 */
import type { Run } from '../../activities/types.js';
import { filesOf } from '../../run/files.js';
import { enter, type At } from './at.js';
import { kept, takenOver } from './reuse.js';

export async function prepare(at: At, run: Run): Promise<void> {
  enter(at, 'prepare');
  const found = await takenOver(at, run, 'prepare');
  if (!found?.taken) {
    await at.attempts.run(run, { stage: 'prepare' });
    await kept(at, run, 'prepare', found);
  }
  const { data, dataReport } = filesOf(run);
  at.state.addArtifacts({ data, dataReport });
}
