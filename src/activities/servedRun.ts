/**
 * The run that made a model, as its folder in S3 still tells, long after Temporal has forgotten it.
 * @module
 */
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { unlessGone } from '../aws/errors.js';
import { locationOf, readJson } from '../aws/s3.js';
import { ownerInMetadata } from '../aws/tags.js';
import { filesOf, folderOfModel, manifestOf } from '../run/files.js';
import { MODEL_PACKAGE } from '../run/modelPackage.js';
import type { Run } from '../run/run.js';
import { fail } from '../spec/failures.js';
import { parseSpec } from '../spec/parse.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';

/** What is read again of the manifest of a package: the run that made it. */
const packaged = z.object({
  workflowId: z.string(),
  run: z.string(),
  model: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: z.number() })),
  code: z.string(),
  images: z.record(z.string(), z.string()),
  lineage: z
    .object({
      incumbent: z
        .object({ configName: z.string(), modelDataUrl: z.string(), madeBy: z.string().optional() })
        .optional(),
    })
    .optional(),
});
export type PackageManifest = z.infer<typeof packaged>;

export const weightsBytesOf = ({ files }: PackageManifest): number =>
  files.filter(({ path }) => path.endsWith(MODEL_PACKAGE.weights)).reduce((sum, { bytes }) => sum + bytes, 0);

/** Undefined where the model was not packaged by a run, or its folder is gone. */
export async function packageAt(deps: Deps, modelDataUrl: string): Promise<PackageManifest | undefined> {
  const uri = manifestOf(modelDataUrl);
  if (uri === undefined) return undefined;
  return calling(`reading ${uri}`, deps, async () => packaged.safeParse(await unlessGone(readJson(deps.s3, uri))).data);
}

/** As it was settled then, but for the role, which is the worker's own. */
export async function runThatPackaged(
  deps: Deps,
  { workflowId, run, code, images }: PackageManifest,
  model: string,
): Promise<Run> {
  const folder = folderOfModel(model)!;
  const uri = filesOf({ folder }).spec;
  const spec = await specBeside(deps, model);
  if (spec === undefined)
    throw fail('NotAvailable', `${uri}, the spec of the run that made ${model}, is gone or of another version`, {
      mend: '`attune list --name NAME` shows its runs; a spec with `model:` puts any of their models into service',
    });
  const { bucket, key } = locationOf(uri);
  const { Metadata } = await calling(`looking at ${uri}`, deps, () =>
    deps.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })),
  );
  const { runId, namespace } = ownerInMetadata(Metadata, run) ?? {};
  const { region, roleArn } = deps.settings;
  return {
    workflowId,
    run,
    runId,
    namespace,
    spec,
    region,
    roleArn,
    folder,
    code: { files: code },
    images: images as Run['images'],
  };
}

/** Of the run that packaged the model; undefined where it is gone, or of a version that this one does not read. */
export async function specBeside(deps: Deps, model: string): Promise<FineTuneSpec | undefined> {
  const folder = folderOfModel(model);
  if (folder === undefined) return undefined;
  const uri = filesOf({ folder }).spec;
  return calling(`reading ${uri}`, deps, async () => {
    const parsed = parseSpec(await unlessGone(readJson(deps.s3, uri)), { sources: 's3' });
    return parsed.ok ? parsed.spec : undefined;
  });
}
