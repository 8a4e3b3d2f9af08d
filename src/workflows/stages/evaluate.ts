/**
 * evaluate: base, incumbent and candidate on the same questions.
 * @module
 */
import type { Incumbent, Run } from '../../activities/types.js';
import { filesOf } from '../../run/files.js';
import { trainedBy } from '../decision/lineage.js';
import { enter, type At } from './at.js';

/**
 * @param model  S3 URI of the candidate's model.tar.gz
 * @param round  from 1; a further one where another model went into service since the last
 * @returns the model in service that the candidate was compared with
 */
export async function evaluate(at: At, run: Run, model: string, round: number): Promise<Incumbent | undefined> {
  const { state, attempts } = at;
  if (round > 1) state.notice('another model went into service meanwhile: the candidate is compared with that one');
  enter(at, 'evaluate');
  const { plan } = await attempts.run(run, {
    stage: 'evaluate',
    candidate: model,
    notices: () => [...state.progress().notices],
  });
  const { report, reportHtml } = filesOf(run);
  state.addArtifacts({ report, reportHtml });
  state.comparedWith(plan.incumbent);
  state.traces({ ...trainedBy(state.progress().jobs), modelArtifact: model, incumbent: plan.incumbent });
  return plan.incumbent;
}
