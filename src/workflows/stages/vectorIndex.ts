/**
 * index: every passage embedded by the package that serves, put into a version of the index beside the one in service, and checked
 * through the new endpoint.
 * @module
 */
import type { BegunVersion, Run, ServedModel } from '../../activities/types.js';
import { fail } from '../../spec/failures.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import { enter, type At } from './at.js';

/** A call each twentieth: so often is progress seen; a run's history stays short however many documents there are. */
const CALLS = 20;

/** @throws IndexRefused where it must not be switched to */
export async function makeVersion(at: At, run: Run, { modelDataUrl }: ServedModel): Promise<BegunVersion> {
  enter(at, 'index');
  const { state, redraw } = at;
  const { name: endpoint } = state.progress().endpoint!;
  await at.attempts.run(run, { stage: 'index', candidate: modelDataUrl });
  const begun = await io(options.fillIndex, 'begin a version').beginVersion({ run, endpoint, modelDataUrl });
  const { version, counts, calledAt } = begun;
  state.firstCall(calledAt);
  state.fillsIndex(version, counts.documents);
  redraw();
  const step = Math.max(1, Math.ceil(counts.shards / CALLS));
  for (let from = 0; from < counts.shards; from += step) {
    const to = Math.min(counts.shards, from + step);
    const summary = `load shards ${from + 1} to ${to} of ${counts.shards}`;
    const { documents } = await io(options.fillIndex, summary).loadShards({ run, version, from, to });
    state.filledIndex(documents);
    redraw();
  }
  await io(options.fillIndex, 'build the graph').buildGraph({ run, version });
  const check = await io(options.fillIndex, 'ask the test questions').checkIndex({ run, version, endpoint, counts });
  state.checkedIndex(check);
  state.addArtifacts({ indexReport: check.uri });
  redraw();
  if (check.passed) return begun;
  throw fail('IndexRefused', `index ${version.name}, version ${version.version}: ${check.reasons.join('; ')}`);
}
