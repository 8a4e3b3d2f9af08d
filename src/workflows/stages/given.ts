/**
 * A model that was trained elsewhere, in the place of one that the run trains: checked and kept before anything is paid.
 * @module
 */
import type { Run } from '../../activities/types.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import type { At } from './at.js';

/**
 * @param model  S3 URI of its model.tar.gz
 * @returns      S3 URI of the run's own copy: the candidate
 */
export async function givenModel({ state, redraw }: At, run: Run, model: string): Promise<string> {
  const { modelDataUrl } = await io(options.move, 'check and keep the model that was given').takeModel({
    run,
    modelDataUrl: model,
  });
  state.addArtifacts({ model: modelDataUrl });
  state.traces({ modelArtifact: model });
  state.notice(`the run trains nothing: it began with ${model}, which may have seen the test questions`);
  redraw();
  return modelDataUrl;
}
