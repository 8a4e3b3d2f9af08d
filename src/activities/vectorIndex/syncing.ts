/**
 * A version brought level with the documents as they are now: what is new or changed is embedded by the job, what is gone is taken
 * out. Of the version in service each step is a transaction that counts; of one that is about to serve it is the run's own affair.
 * @module
 */
import { createInterface } from 'node:readline';
import { listObjects, locationOf, openObject, readJson, removeObjects, writeObject } from '../../aws/s3.js';
import { unlessGone } from '../../aws/errors.js';
import { requestHash } from '../../aws/hash.js';
import { ownerMetadata } from '../../aws/tags.js';
import { filesOf } from '../../run/files.js';
import type { Run } from '../../run/run.js';
import {
  deletedDocumentSchema,
  indexCountsSchema,
  indexFilesOf,
  type IndexChanges,
  type IndexCounts,
} from '../../run/vectorIndex.js';
import { fail } from '../../spec/failures.js';
import { indexNameIn } from '../../spec/indexName.js';
import { parseSpec } from '../../spec/parse.js';
import { problem } from '../../spec/problem.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { indexInputsOf } from '../../spec/sources.js';
import type { Change, FormedVersion, Known, SyncRef, VectorStore } from '../../vectorStore/store.js';
import { alive, type Task } from '../alive.js';
import { calling } from '../call.js';
import { uploadCode } from '../code.js';
import type { Deps } from '../deps.js';
import { digestOf } from '../fingerprint.js';
import type { Preflight, Settled } from '../preflight.js';
import { readRecord, writeRecord } from '../records.js';
import { costOf, imagesFor, missingSources, parsed, refuseIfAny } from '../settling.js';
import { eachShard } from './shards.js';
import { HEARS_MS, withStore } from './store.js';

export interface SyncPlan {
  /** With the folder and the spec of the sync. */
  run: Run;
  version: FormedVersion;
  /** model.tar.gz that the version is embedded by. */
  model: string;
  /** Folder of what the job leaves, below the run's index/. */
  part: string;
  /** S3 folder of the ids and hashes that the version has. */
  known: string;
  /** In whose name the version in service is changed. Absent: it does not serve yet. */
  as?: SyncRef;
  /** Of what lies at the source now. */
  digest?: string;
}

export interface PlannedSync {
  plan: SyncPlan;
  settled: Settled;
  /** The last sync has read the very same, and left so many documents: there is nothing to do. */
  same?: number;
}

export interface PlanSync extends Preflight {
  /** From 1: what came too late begins anew. */
  round: number;
}

/** A run's own version, which syncs have overtaken. */
export interface PlanCatchUp {
  run: Run;
  modelDataUrl: string;
  version: FormedVersion;
  /** From 1. */
  round: number;
}

/** Ids and hashes of one file: some 20 MB. */
const KNOWN_AT_ONCE = 200_000;
const DELETED_AT_ONCE = 5_000;

export const createSyncActivities = (deps: Deps) => ({
  /**
   * @throws SpecRefused (final) with every problem in message and details
   * @throws NotAvailable (final) where no version serves yet
   */
  planSync: (ask: PlanSync): Promise<PlannedSync> => alive((task) => planSync(deps, ask, task), HEARS_MS),

  /** By the source of the last sync, or of the run itself where that is not known. `changes`: what the version then has. */
  planCatchUp: (ask: PlanCatchUp): Promise<SyncPlan & { changes: number }> =>
    alive((task) => planCatchUp(deps, ask, task), HEARS_MS),

  /**
   * Puts in what the job has embedded, takes out what is gone, and holds the version against what the job has read. Repeated, it
   * leaves each document once.
   *
   * @returns what has changed; nothing where the version stands otherwise than it was planned: another one serves, or a sync came between
   * @throws  SourceShrank (final) where more than `index.mostDeleted` of the documents would go: nothing is changed then;
   *          ContentChanged (final) where the version is not what was read; NotFound where the job has left nothing
   */
  applyChanges: ({ plan }: { plan: SyncPlan }): Promise<{ changes?: IndexChanges }> =>
    alive((task) => applyChanges(deps, plan, task), HEARS_MS),

  /** What lies in the database now need not lie in S3 too. Gone already is gone. */
  async removeParts({ folder }: { folder: string }): Promise<void> {
    await calling(`removing ${folder}`, deps, async () => {
      const objects = (await listObjects(deps.s3, folder)) ?? [];
      await removeObjects(deps.s3, locationOf(folder).bucket, objects);
    });
  },
});

async function planSync(deps: Deps, { raw, round, ...owner }: PlanSync, task: Task): Promise<PlannedSync> {
  const spec = parsed(raw);
  const { region, roleArn, bucket, prefix } = deps.settings;
  const { images, problems } = imagesFor(spec, region);
  const { index } = spec;
  if (!index) {
    refuseIfAny([
      problem('index', undefined, 'an index to be brought level', 'add the key index, and submit the spec'),
    ]);
  }
  refuseIfAny([...problems, ...(await missingSources(deps, spec))]);
  const code = await calling('uploading the job scripts', deps, () => uploadCode(deps, spec.encryption));
  const listed = await digestOf(deps, indexInputsOf(spec), task);
  // How it is read counts too: other scripts may cut documents otherwise.
  const { columns, questions } = spec.data;
  const digest = listed && requestHash({ listed, columns, headings: questions?.headings, code });
  const folder = `s3://${bucket}/${prefix}/${spec.name}/${owner.run}/`;
  const name = indexNameIn(index!);
  return withStore(deps, index!, async (store) => {
    const pointer = await store.pointer(name);
    if (pointer === undefined) {
      throw fail('NotAvailable', `index ${name} has no version in service: there is nothing to bring level`, {
        mend: 'submit the spec: its run makes one',
      });
    }
    const { version } = pointer;
    const last = await store.lastSync(name);
    const own = { ...spec, index: { ...index!, dimensions: version.dimensions } };
    const run: Run = { ...owner, spec: own, region, roleArn, folder, code, images };
    const part = `sync-${round}`;
    const as = { by: `${owner.runId ?? owner.run}/${round}`, since: last.changes, spec: filesOf(run).spec };
    const plan = { run, version, model: version.model, part, known: indexFilesOf(run, part).known, as, digest };
    const settled = { run, ...costOf(deps, spec, { stages: ['index'] }) };
    if (digest !== undefined && last.digest === digest && last.version === version.version) {
      const { documents } = await store.inventory(version);
      return { plan, settled, same: documents };
    }
    await writeRecord(deps, run, as.spec, own, ownerMetadata(run));
    await writeKnown(deps, store, plan, task);
    return { plan, settled };
  });
}

async function planCatchUp(
  deps: Deps,
  { run: of, modelDataUrl: model, version, round }: PlanCatchUp,
  task: Task,
): Promise<SyncPlan & { changes: number }> {
  return withStore(deps, of.spec.index!, async (store) => {
    const { changes, spec: uri } = await store.lastSync(version.name);
    const synced = uri === undefined ? undefined : await specAt(deps, uri);
    const { data, index } = synced ?? of.spec;
    const part = `level-${round}`;
    const own = {
      ...of.spec,
      data,
      index: { ...of.spec.index!, source: index?.source, dimensions: version.dimensions },
    };
    const run: Run = { ...of, spec: own, folder: `${of.folder}index/${part}/` };
    await writeRecord(deps, run, filesOf(run).spec, own, ownerMetadata(run));
    const plan = { run, version, model, part, known: indexFilesOf(run, part).known };
    await writeKnown(deps, store, plan, task);
    return { ...plan, changes };
  });
}

/** Undefined where it is gone, or of a version that this one does not read. */
const specAt = (deps: Deps, uri: string): Promise<FineTuneSpec | undefined> =>
  calling(`reading ${uri}`, deps, async () => {
    const result = parseSpec(await unlessGone(readJson(deps.s3, uri)), { sources: 's3' });
    return result.ok ? result.spec : undefined;
  });

async function writeKnown(
  deps: Deps,
  store: VectorStore,
  { run, version, known }: SyncPlan,
  task: Task,
): Promise<void> {
  const write = async (file: number, rows: readonly Known[]): Promise<void> => {
    const uri = `${known}${String(file).padStart(5, '0')}.jsonl`;
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await calling(`writing ${uri}`, deps, () => writeObject(deps.s3, uri, lines, run.spec.encryption));
  };
  let [file, listed] = [0, 0];
  for await (const rows of store.known(version, KNOWN_AT_ONCE)) {
    task.signal.throwIfAborted();
    await write(file, rows);
    file += 1;
    listed += rows.length;
    task.progress = { listed };
  }
  // Where the index is empty, an empty one: a job's input has to hold something.
  if (file === 0) await write(file, []);
}

async function changed(store: VectorStore, { version, as }: SyncPlan, change: Change): Promise<boolean> {
  if (as) return store.sync(version, change, as);
  await store.change(version, change);
  return true;
}

async function applyChanges(deps: Deps, plan: SyncPlan, task: Task): Promise<{ changes?: IndexChanges }> {
  const { run, version, as, part, digest } = plan;
  const { counts: uri } = indexFilesOf(run, part);
  const counts = await readRecord(deps, uri, indexCountsSchema);
  if (!counts)
    throw fail('NotFound', `${uri} is not there, or not of the form that is expected`, { mend: 'sync again' });
  const before = counts.unchanged + counts.changed + counts.deleted;
  // A version that does not serve yet follows what the one in service was let become.
  if (as && counts.deleted > run.spec.index!.mostDeleted * before)
    throw fail(
      'SourceShrank',
      `index ${version.name}: ${counts.deleted} of the ${before} documents of version ${version.version} are no longer at the ` +
        `source, more than index.mostDeleted (${run.spec.index!.mostDeleted}) lets one sync take out; nothing was changed`,
    );
  return withStore(deps, run.spec.index!, async (store) => {
    let stands = true;
    await eachShard(deps, { run, part, from: 0, to: counts.shards }, task, async (shard) => {
      stands = await changed(store, plan, { ...shard, deleted: [] });
      return stands;
    });
    if (!stands) return {};
    for await (const deleted of deletedIn(deps, plan, counts)) {
      task.signal.throwIfAborted();
      if (!(await changed(store, plan, { documents: [], vectors: new Float32Array(), deleted }))) return {};
    }
    const found = await store.inventory(version);
    if (found.documents !== counts.documents || found.digest !== counts.digest) {
      const what = `${found.documents} documents are in version ${version.version}, its source had ${counts.documents}`;
      const message = `index ${version.name}: ${what}, and other ones; the source may have changed meanwhile`;
      throw fail('ContentChanged', message, { mend: 'sync again' });
    }
    if (as && !(await store.synced(version, as, digest))) return {};
    const { added, changed: others, deleted, unchanged } = counts;
    return { changes: { added, changed: others, deleted, unchanged } };
  });
}

async function* deletedIn(deps: Deps, { run, part }: SyncPlan, { deleted }: IndexCounts): AsyncGenerator<string[]> {
  if (deleted === 0) return;
  const uri = indexFilesOf(run, part).deleted;
  const body = await calling(`reading ${uri}`, deps, () => openObject(deps.s3, uri));
  let ids: string[] = [];
  for await (const line of createInterface({ input: body, crlfDelay: Infinity })) {
    ids.push(deletedDocumentSchema.parse(JSON.parse(line)).id);
    if (ids.length < DELETED_AT_ONCE) continue;
    yield ids;
    ids = [];
  }
  if (ids.length > 0) yield ids;
}
