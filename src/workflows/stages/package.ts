/**
 * package: the candidate's archive, checked and kept where endpoints may load it from; a version in the model registry, where the
 * spec names a group.
 * @module
 */
import type { Packaged, Run } from '../../activities/types.js';
import { aws, io } from '../waits/activities.js';
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
  if (run.spec.registry) await register(at, run, packaged, run.spec.registry.group);
  return packaged;
}

async function register(
  { state }: At,
  run: Run,
  { modelDataUrl, sha256, weightsBytes }: Packaged,
  group: string,
): Promise<void> {
  const { reasons, lineage } = state.progress();
  const { modelPackage } = await aws(options.create, `register a version in ${group}`).registerModel({
    run,
    model: { group, modelDataUrl, sha256, weightsBytes, reasons: [...reasons], lineage },
  });
  state.addArtifacts({ modelPackage });
}
