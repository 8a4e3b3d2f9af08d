/**
 * package: the candidate's archive, checked and kept where endpoints may load it from.
 * @module
 */
import type { Packaged, Run } from '../../activities/types.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import { enter, type At } from './at.js';

/** @param model  S3 URI of the candidate's model.tar.gz */
export async function packageModel(at: At, run: Run, model: string): Promise<Packaged> {
  enter(at, 'package');
  const { state } = at;
  const packaged = await io(options.move, 'check and keep the model archive').packageModel({
    run,
    modelDataUrl: model,
    lineage: state.progress().lineage,
  });
  state.addArtifacts({ package: packaged.modelDataUrl, manifest: packaged.manifest });
  return packaged;
}
