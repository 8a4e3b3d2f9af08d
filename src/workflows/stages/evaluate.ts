/**
 * evaluate: base, incumbent and candidate on the same questions.
 * @module
 */
import type { Rival, Run } from '../../activities/types.js';
import { filesOf } from '../../run/files.js';
import { trainedBy } from '../decision/lineage.js';
import { enter, type At } from './at.js';
import { kept, takenOver } from './reuse.js';

/**
 * @param model  S3 URI of the candidate's model.tar.gz
 * @param round  from 1; a further one where another model went into service since the last
 * @returns the model in service that the candidate was compared with, and what it may replace
 */
export async function evaluate(at: At, run: Run, model: string, round: number): Promise<Rival> {
  const { state, attempts } = at;
  if (round > 1) state.notice('another model went into service meanwhile: the candidate is compared with that one');
  enter(at, 'evaluate');
  const found = await takenOver(at, run, 'evaluate', model);
  let rival = found?.rival;
  if (!found?.taken) {
    const { plan } = await attempts.run(run, {
      stage: 'evaluate',
      candidate: model,
      rival,
      notices: () => [...state.progress().notices],
    });
    rival ??= { incumbent: plan.incumbent, replaces: plan.incumbent?.configName };
    await kept(at, run, 'evaluate', found);
  }
  const { report, reportHtml } = filesOf(run);
  state.addArtifacts({ report, reportHtml });
  const { incumbent, replaces, version } = rival ?? {};
  state.comparedWith(replaces);
  state.traces({
    ...trainedBy(state.progress().jobs),
    ...state.trainedElsewhere,
    modelArtifact: run.spec.model ?? model,
    incumbent,
  });
  return { incumbent, replaces, ...(version === undefined ? {} : { version }) };
}
