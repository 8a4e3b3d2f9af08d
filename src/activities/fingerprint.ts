/**
 * Digests that tell whether anything is new: one of the data as it lies in S3 now, one of all that is done with it.
 * @module
 */
import { requestHash, sha256 } from '../aws/hash.js';
import type { Run } from '../run/run.js';
import { listObjects, locationOf } from '../aws/s3.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { s3InputsOf } from '../spec/sources.js';
import type { Task } from './alive.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';

export type Fingerprints = Pick<Run, 'dataHash' | 'recipeHash'>;

/** Reads names, sizes and ETags only: no object is opened. */
export async function fingerprintsOf(
  deps: Deps,
  { spec, code, images }: Pick<Run, 'spec' | 'code' | 'images'>,
  task: Task,
): Promise<Fingerprints> {
  const prints = (sources: readonly { field: string; source: string }[]): Promise<string | undefined> =>
    digestOf(deps, sources, task);
  const inputs = s3InputsOf(spec);
  const dataHash = await prints(inputs.filter(({ name }) => name !== 'base'));
  const besides = await prints([
    ...inputs.filter(({ name }) => name === 'base'),
    ...spec.gate.guards.flatMap(({ name, corpus, queries, qrels }) =>
      Object.entries({ corpus, queries, qrels }).map(([part, source]) => ({ field: `${name}.${part}`, source })),
    ),
  ]);
  const recipe = { ...recipeIn(spec), besides, code: code.files, images };
  return { dataHash, recipeHash: besides === undefined ? undefined : requestHash(recipe) };
}

/** The part of a spec that model, decision and endpoint follow from. Where the data lies is not part of it, nor a permission. */
function recipeIn({ data: { split }, base, train, tune, compute, gate, deploy }: FineTuneSpec): object {
  return { split, base, train, tune, compute, gate, deploy: deploy && { ...deploy, takeOver: undefined } };
}

/** @returns undefined where a source has more objects than are listed */
async function digestOf(
  deps: Deps,
  sources: readonly { field: string; source: string }[],
  task: Task,
): Promise<string | undefined> {
  const prints: string[] = [];
  for (const { field, source } of sources) {
    const root = locationOf(source).key.length;
    const objects = await calling(`listing ${source} (${field})`, deps, () =>
      listObjects(deps.s3, source, (listed) => (task.progress = { listing: source, listed })),
    );
    if (objects === undefined) return undefined;
    prints.push(field, ...objects.map(({ key, bytes, eTag }) => `${key.slice(root)}\0${bytes}\0${eTag}`));
  }
  return sha256(prints.join('\n'));
}
