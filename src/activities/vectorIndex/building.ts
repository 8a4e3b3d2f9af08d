/**
 * An index for a model that serves already: what the run that made it has left, and a folder of its own for what is made of it now.
 * @module
 */
import { copyObject, holdsSomething } from '../../aws/s3.js';
import { ownerMetadata } from '../../aws/tags.js';
import { filesOf } from '../../run/files.js';
import type { Run } from '../../run/run.js';
import { fail } from '../../spec/failures.js';
import { problem } from '../../spec/problem.js';
import { alive, type Task } from '../alive.js';
import { calling } from '../call.js';
import { claimOf } from '../claim.js';
import { uploadCode } from '../code.js';
import type { Deps } from '../deps.js';
import { findIncumbent } from '../incumbent.js';
import type { ServedModel } from '../packaging.js';
import type { Preflight, Settled } from '../preflight.js';
import { requireQuotas } from '../quotaLacks.js';
import { writeRecord } from '../records.js';
import { packageAt, runThatPackaged, weightsBytesOf } from '../servedRun.js';
import { costOf, imagesFor, missingSources, parsed, refuseIfAny } from '../settling.js';
import { servingOf } from './serving.js';
import { checkStore, HEARS_MS } from './store.js';

export interface PlannedBuild {
  settled: Settled;
  packaged: ServedModel;
  /** Version of the index that serves; absent: none does yet. */
  from?: string;
}

export const createBuildActivities = (deps: Deps) => ({
  /**
   * Nothing is paid for yet.
   *
   * @throws SpecRefused (final) with every problem in message and details
   * @throws NotAvailable (final) where no model serves that attune's runs have made, or what it was evaluated by is gone
   */
  planBuild: (ask: Preflight): Promise<PlannedBuild> => alive((task) => planBuild(deps, ask, task), HEARS_MS),
});

async function planBuild(deps: Deps, { raw, ...owner }: Preflight, task: Task): Promise<PlannedBuild> {
  const spec = parsed(raw);
  const { region, roleArn, bucket, prefix } = deps.settings;
  const { images, problems } = imagesFor(spec, region);
  const { index } = spec;
  refuseIfAny([
    ...(index ? [] : [problem('index', undefined, 'an index to be built', 'add the key index')]),
    ...problems,
    ...(await missingSources(deps, spec)),
  ]);
  const changes = await checkStore(deps, index!);
  const { endpoint, version: from } = await servingOf(deps, spec);
  const model = (await findIncumbent(deps, endpoint!, claimOf(spec, owner.namespace)))?.modelDataUrl;
  const manifest = model === undefined ? undefined : await packageAt(deps, model);
  if (model === undefined || manifest === undefined) {
    const found = model === undefined ? 'serves no model' : `serves ${model}, which no run of attune has packaged`;
    throw fail('NotAvailable', `endpoint ${endpoint} ${found}: there is nothing to build an index for`, {
      mend: 'submit the spec: its run fits a model, and builds its index',
    });
  }
  const made = await runThatPackaged(deps, manifest, model);
  await requireQuotas(deps, spec);
  task.signal.throwIfAborted();
  const folder = `s3://${bucket}/${prefix}/${spec.name}/${owner.run}/`;
  const code = await calling('uploading the job scripts', deps, () => uploadCode(deps, spec.encryption));
  // What it is and how it reads is the model's affair; where it is put, the spec's.
  const own = { ...spec, base: made.spec.base, train: made.spec.train };
  // The corpus of that run has nothing of what syncs have changed since.
  const indexChanges = index!.source ? changes : 0;
  const { corpus } = filesOf(made);
  const run: Run = { ...owner, spec: own, region, roleArn, folder, code, images, indexChanges, corpus };
  await writeRecord(deps, run, filesOf(run).spec, own, ownerMetadata(run));
  for (const file of ['probes', 'evaluatedQuestions'] as const) await takeOver(deps, made, run, file);
  const settled = { run, ...costOf(deps, own, { stages: ['index'] }) };
  return { settled, packaged: { modelDataUrl: model, weightsBytes: weightsBytesOf(manifest) }, from };
}

/** Small files of that run, which deployment and check read. @throws NotAvailable where one is gone */
async function takeOver(deps: Deps, made: Run, run: Run, file: 'probes' | 'evaluatedQuestions'): Promise<void> {
  const [from, to] = [filesOf(made)[file], filesOf(run)[file]];
  await calling(`copying ${from}`, deps, async () => {
    if (await holdsSomething(deps.s3, from)) return copyObject(deps.s3, from, to, run.spec.encryption);
    throw fail(
      'NotAvailable',
      `${from} is gone, or of a version before there was an index: the model cannot be checked by it`,
      {
        mend: 'submit the spec: its run evaluates a model, and builds its index',
      },
    );
  });
}
