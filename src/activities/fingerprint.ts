/**
 * Digests that tell whether anything is new: one of the data as it lies in S3 now, one of all that is done with it.
 * @module
 */
import { contentDigest, type Listed } from '../aws/contentDigest.js';
import { requestHash } from '../aws/hash.js';
import type { Run } from '../run/run.js';
import { listObjects, type ListedObject } from '../aws/s3.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { dataInputsOf, s3InputsOf } from '../spec/sources.js';
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
  const prints = (sources: readonly Listed[]): Promise<string | undefined> => digestOf(deps, sources, task);
  const dataHash = await prints(dataInputsOf(spec));
  const besides = await prints([
    ...s3InputsOf(spec).filter(({ name }) => name === 'base' || name === 'model'),
    ...guardFilesIn(spec),
  ]);
  const recipe = { ...recipeIn(spec), besides, code: code.files, images };
  return { dataHash, recipeHash: besides === undefined ? undefined : requestHash(recipe) };
}

/** Of each guard set, by its name. */
export const guardFilesIn = ({ gate }: Pick<FineTuneSpec, 'gate'>): Listed[] =>
  gate.guards.flatMap(({ name, corpus, queries, qrels }) =>
    Object.entries({ corpus, queries, qrels }).map(([part, source]) => ({ field: `${name}.${part}`, source })),
  );

/** The part of a spec that model, decision and endpoint follow from. Where the data lies is not part of it, nor a permission. */
function recipeIn({ data, base, bases, train, tune, compute, gate, deploy }: FineTuneSpec): object {
  return {
    split: data.split,
    columns: data.columns,
    questions: data.questions,
    base,
    bases,
    train,
    tune,
    compute,
    gate,
    deploy: deploy && { ...deploy, takeOver: undefined },
  };
}

/** @returns undefined where a source has more objects than are listed */
export const digestOf = (deps: Deps, sources: readonly Listed[], task: Task): Promise<string | undefined> =>
  contentDigest(sources, (one) => listSource(deps, one, task));

/** @returns undefined where it has more objects than are listed */
export const listSource = (deps: Deps, { field, source }: Listed, task: Task): Promise<ListedObject[] | undefined> =>
  calling(`listing ${source} (${field})`, deps, () =>
    listObjects(deps.s3, source, (listed) => (task.progress = { listing: source, listed })),
  );
