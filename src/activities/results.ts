/**
 * What a stage's job leaves is kept so that a later run finds it, and taken over by a run that asks for the same. A run takes
 * copies: what happens to the folder of another run afterwards is nothing to it.
 * @module
 */
import { ApplicationFailure } from '@temporalio/common';
import { sha256 } from '../aws/hash.js';
import { copyObject, COPY_LIMIT_BYTES, listObjects, locationOf, lookAtObject } from '../aws/s3.js';
import { filesOf } from '../run/files.js';
import { indexOf, resultSchema, type ResultObject, type StageResult, type TakenOver } from '../run/results.js';
import type { Run } from '../run/run.js';
import { fail } from '../spec/failures.js';
import type { JobStage } from '../spec/stages.js';
import { alive, type Task } from './alive.js';
import { calling, now } from './call.js';
import type { Deps } from './deps.js';
import { rivalOf, type Rival } from './ownModel.js';
import { readRecord, writeRecord } from './records.js';
import { emptyPage } from './reportPage.js';
import { contentOf, stageDigest } from './stageDigest.js';

export interface TakeOver {
  run: Run;
  stage: JobStage;
  /** model.tar.gz to evaluate. */
  candidate?: string;
}

export interface Found {
  /** Of what is asked for; absent where it cannot be told. */
  digest?: string;
  taken?: TakenOver;
  /** Of an evaluation: what the candidate is compared with. */
  rival?: Rival;
  /** Why something that was found could not be taken over. */
  why?: string;
  /** ISO 8601: when the first AWS call went out. */
  calledAt: string;
}

export interface KeepResult {
  run: Run;
  stage: JobStage;
  digest: string;
  job: string;
  trial?: string;
  modelDataUrl?: string;
}

/** More than any stage leaves. */
const MOST_OBJECTS = 1000;

export const createResultActivities = (deps: Deps) => ({
  /** Repeated, it copies the same again. What cannot be taken over, for whatever lasting reason, is left where it is. */
  takeOver: (ask: TakeOver): Promise<Found> => alive((task) => takeOver(deps, ask, task)),

  /**
   * Writes down what a job has left: in the run's own folder first, which a sweep of it reads, then in the index. Two runs
   * that asked for the same at once each leave a whole entry: the later one stands.
   */
  async keepResult({ run, stage, digest, job, trial, modelDataUrl }: KeepResult): Promise<void> {
    const { workflowId, folder } = run;
    const left = await calling(`looking at what ${job} has left`, deps, () => leftBy(deps, run, stage, modelDataUrl));
    const model = modelDataUrl?.slice(folder.length);
    const result = { version: 1 as const, stage, digest, workflowId, folder, at: now(), job, trial, model, ...left };
    await writeRecord(deps, run, recordOf(run, stage), result);
    const few = left.objects.length <= MOST_OBJECTS && left.objects.every(({ bytes }) => bytes <= COPY_LIMIT_BYTES);
    if (few) await writeRecord(deps, run, indexOf(run, stage, digest), result);
  },
});

async function takeOver(deps: Deps, { run, stage, candidate }: TakeOver, task: Task): Promise<Found> {
  const calledAt = now();
  const prepared = await resultOf(deps, run, 'prepare');
  const written = run.spec.data.questions && (await resultOf(deps, run, 'questions'));
  const content = candidate && (await modelContent(deps, run, candidate));
  const rival = candidate === undefined ? undefined : await rivalOf(deps, run, candidate, content);
  const asked = { run, stage, written, prepared, candidate: content, incumbent: rival?.incumbent };
  const digest = await calling(`telling what ${stage} is asked for`, deps, () => stageDigest(deps, asked, task));
  const found = { digest, rival, calledAt };
  if (digest === undefined || !run.spec.reuse) return found;
  try {
    const result = await readResult(deps, indexOf(run, stage, digest));
    // What the run has had done itself is adopted as a job.
    if (result === undefined || result.folder === run.folder) return found;
    await copied(deps, run, result, task);
    const { workflowId: from, job, trial, model } = result;
    return { ...found, taken: { from, job, trial, modelDataUrl: model && run.folder + model } };
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || !error.nonRetryable) throw error;
    return { ...found, why: `what an earlier run had of ${stage} is not taken over: ${error.message}` };
  }
}

const recordOf = (run: Pick<Run, 'folder'>, stage: JobStage): string => `${filesOf(run).results}${stage}.json`;

/** What tells a model that the run has trained, taken over or been given from another one; undefined where that was not kept. */
export async function modelContent(deps: Deps, run: Run, modelDataUrl: string): Promise<string | undefined> {
  if (run.spec.model !== undefined) {
    return calling(`looking at ${modelDataUrl}`, deps, () => contentOf(deps, modelDataUrl));
  }
  const records = await Promise.all((['train', 'tune'] as const).map((stage) => resultOf(deps, run, stage)));
  return records.find((one) => one?.model !== undefined && run.folder + one.model === modelDataUrl)?.contents['model'];
}

const readResult = (deps: Deps, uri: string): Promise<StageResult | undefined> => readRecord(deps, uri, resultSchema);

/** What the run's own stage has left, or taken over. */
export const resultOf = (deps: Deps, run: Pick<Run, 'folder'>, stage: JobStage): Promise<StageResult | undefined> =>
  readResult(deps, recordOf(run, stage));

/** @throws ContentChanged (final) where it is not what it was, or not there any more */
async function copied(deps: Deps, run: Run, result: StageResult, task: Task): Promise<void> {
  const { s3 } = deps;
  const { folder, objects, stage } = result;
  for (const { path, bytes, eTag } of objects) {
    const uri = folder + path;
    const found = await calling(`looking at ${uri}`, deps, () => lookAtObject(s3, uri));
    const same = found !== undefined && (eTag === undefined || (found.eTag === eTag && found.bytes === bytes));
    const mend = 'nothing: the job is run';
    if (!same) throw fail('ContentChanged', `${uri} is ${found ? 'not what it was' : 'not there any more'}`, { mend });
  }
  for (const { path } of objects) {
    task.signal.throwIfAborted();
    await calling(`copying ${folder}${path}`, deps, () =>
      copyObject(s3, folder + path, run.folder + path, run.spec.encryption),
    );
  }
  if (stage === 'evaluate') await emptyPage(deps, run);
  await writeRecord(deps, run, recordOf(run, stage), result);
}

async function leftBy(
  deps: Deps,
  run: Run,
  stage: JobStage,
  modelDataUrl: string | undefined,
): Promise<Pick<StageResult, 'objects' | 'contents'>> {
  const { data, evaluation, passagesToAsk, questionShards, trials } = filesOf(run);
  switch (stage) {
    case 'questions': {
      const shards = await below(deps, run, questionShards);
      return {
        objects: [...(await below(deps, run, passagesToAsk)), ...shards],
        contents: { questions: sha256(shards.map(({ path, bytes, eTag }) => `${path}\0${bytes}\0${eTag}`).join('\n')) },
      };
    }
    case 'prepare': {
      const objects = await below(deps, run, data);
      const part = (name: string): string =>
        sha256(
          objects
            .flatMap(({ path, bytes, eTag }) =>
              `${run.folder}${path}`.startsWith(`${data}${name}/`) ? `${path}\0${bytes}\0${eTag}` : [],
            )
            .join('\n'),
        );
      const parts = ['train', 'dev', 'test', 'corpus'].map((name) => [name, part(name)] as const);
      return { objects, contents: Object.fromEntries(parts) };
    }
    case 'evaluate':
      return { objects: await below(deps, run, evaluation), contents: {} };
    default: {
      const kept = stage === 'tune' ? await below(deps, run, trials) : [];
      return {
        objects: [...(await below(deps, run, modelDataUrl!)), ...kept],
        contents: { model: (await contentOf(deps, modelDataUrl!)) ?? '' },
      };
    }
  }
}

async function below({ s3 }: Deps, run: Run, uri: string): Promise<ResultObject[]> {
  const { reportHtml } = filesOf(run);
  const { bucket } = locationOf(uri);
  const found = (await listObjects(s3, uri)) ?? [];
  return found.map(({ key, bytes, eTag }) => {
    const place = `s3://${bucket}/${key}`;
    return { path: place.slice(run.folder.length), bytes, eTag: place === reportHtml ? undefined : eTag };
  });
}
