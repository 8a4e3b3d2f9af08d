/**
 * The training job's own archive is deployable as it is: it is checked, copied to a lasting place and described.
 * @module
 */
import { Context } from '@temporalio/activity';
import { filesOf, packageFile } from '../run/files.js';
import type { Run } from '../run/run.js';
import { COPY_LIMIT_BYTES, copyObject, holdsSomething, openObject, sizeOf } from '../aws/s3.js';
import { fail } from '../spec/failures.js';
import { MODEL_PACKAGE } from '../run/modelPackage.js';
import { serverlessMb } from '../spec/workers.js';
import type { Lineage } from '../run/lineage.js';
import { alive, type Task } from './alive.js';
import { checkArchive, type Archive } from './archive.js';
import { calling, now } from './call.js';
import type { Deps } from './deps.js';
import { manifestAt } from './ownModel.js';
import { writeRecord } from './records.js';
import { modelContent } from './results.js';

export interface Packaged {
  modelDataUrl: string;
  manifest: string;
  sha256: string;
  bytes: number;
  /** Of its weights, unpacked. Absent: an earlier version packaged it. */
  weightsBytes?: number;
  /** ISO 8601: when the first AWS call went out. */
  calledAt: string;
}

/** As far as an endpoint and an index are made of it. */
export type ServedModel = Pick<Packaged, 'modelDataUrl' | 'weightsBytes'>;

export const createPackagingActivities = (deps: Deps) => ({
  /** @throws PackageRefused (final) with everything that is wrong with the archive */
  async packageModel(input: PackageModel): Promise<Packaged> {
    return alive((task) => packageModel(deps, input, task));
  },

  /**
   * Keeps a model that was trained elsewhere where packaging would put it: what is checked here is what is evaluated and
   * deployed, whatever becomes of the original, and jobs need no permission to read that.
   *
   * @throws PackageRefused (final) with everything that is wrong with the archive
   */
  async takeModel(input: Omit<PackageModel, 'lineage'>): Promise<{ modelDataUrl: string }> {
    return alive(async (task) => {
      const { run, modelDataUrl } = input;
      const archive = await usable(deps, input, task);
      return {
        modelDataUrl: await calling(`copying ${modelDataUrl}`, deps, () => kept(deps, run, modelDataUrl, archive)),
      };
    });
  },
});

export interface PackageModel {
  run: Run;
  modelDataUrl: string;
  /** As far as it is known: the model is not in service yet. */
  lineage?: Lineage;
}

/** @throws PackageRefused (final) */
async function usable(
  deps: Deps,
  { run, modelDataUrl }: PackageModel,
  task: Task,
): Promise<Archive & { weightsBytes: number }> {
  const archive =
    checkedBefore() ??
    (await calling(`checking ${modelDataUrl}`, deps, async () =>
      checkArchive(await openObject(deps.s3, modelDataUrl), task),
    ));
  task.progress = { archive };
  if (archive.problems.length > 0) {
    throw fail('PackageRefused', `${modelDataUrl} cannot be deployed: ${archive.problems.slice(0, 10).join('; ')}`);
  }
  const weights = archive.files.filter(({ path }) => path.endsWith(MODEL_PACKAGE.weights));
  const weightsBytes = weights.reduce((sum, file) => sum + file.bytes, 0);
  const memoryMb = (run.spec.deploy || undefined)?.serverless?.memoryMb ?? Infinity;
  if (memoryMb < serverlessMb(weightsBytes)) {
    const why = `its container needs ${serverlessMb(weightsBytes)} MB, and deploy.serverless.memoryMb is ${memoryMb}`;
    const mend = 'raise deploy.serverless.memoryMb, or deploy on instances, and submit again';
    throw fail('PackageRefused', `${modelDataUrl} cannot be deployed: ${why}`, { mend });
  }
  return { ...archive, weightsBytes };
}

async function packageModel(deps: Deps, input: PackageModel, task: Task): Promise<Packaged> {
  const calledAt = now();
  const { run, modelDataUrl, lineage } = input;
  const files = filesOf(run);
  const archive = await usable(deps, input, task);
  const lasting = await calling(`copying ${modelDataUrl}`, deps, () => kept(deps, run, modelDataUrl, archive));
  const manifest = {
    version: 1,
    workflowId: run.workflowId,
    run: run.run,
    model: lasting,
    source: modelDataUrl,
    sha256: archive.sha256,
    bytes: archive.bytes,
    content: await modelContent(deps, run, modelDataUrl),
    files: archive.files,
    base: run.spec.base,
    code: run.code.files,
    images: run.images,
    lineage,
  };
  await writeRecord(deps, run, files.manifest, manifest);
  const { sha256, bytes, weightsBytes } = archive;
  return { modelDataUrl: lasting, manifest: files.manifest, sha256, bytes, weightsBytes, calledAt };
}

/** What an earlier attempt found, when it came that far: a training job's archive does not change any more. */
function checkedBefore(): Archive | undefined {
  return (Context.current().info.heartbeatDetails as { archive?: Archive } | undefined)?.archive;
}

/** Where the archive lies from now on: where the run has kept it already, in its lasting place, or a larger one where it is. */
async function kept(deps: Deps, run: Run, from: string, { sha256 }: Archive): Promise<string> {
  const { s3 } = deps;
  const before = await manifestAt(deps, filesOf(run).manifest);
  if (before?.sha256 === sha256 && (await holdsSomething(s3, before.model))) return before.model;
  if ((await sizeOf(s3, from)) > COPY_LIMIT_BYTES) return from;
  const to = packageFile(run, sha256);
  if (from !== to) await copyObject(s3, from, to, run.spec.encryption);
  return to;
}
