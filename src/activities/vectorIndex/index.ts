/**
 * A version of the index: made beside the others, loaded by shards, built, checked, switched to; or taken back. And what served
 * before, kept for a while and then removed.
 * @module
 */
import type { Run } from '../../run/run.js';
import { indexCountsSchema, indexFilesOf, type IndexCheck, type IndexCounts } from '../../run/vectorIndex.js';
import { fail } from '../../spec/failures.js';
import { indexNameIn } from '../../spec/indexName.js';
import type { Index } from '../../spec/indexSchema.js';
import type { FormedVersion, VectorForm, VersionRef } from '../../vectorStore/store.js';
import { alive } from '../alive.js';
import { now } from '../call.js';
import type { Deps } from '../deps.js';
import { readRecord } from '../records.js';
import { checkVersion, type Checked } from './checking.js';
import { digestOf, versionOf } from './serving.js';
import { eachShard } from './shards.js';
import { HEARS_MS, withStore } from './store.js';

export interface BegunVersion {
  version: FormedVersion;
  counts: IndexCounts;
  /** ISO 8601: when the first call went out. */
  calledAt: string;
}

export interface LoadShards {
  run: Run;
  version: FormedVersion;
  /** The first shard, from 0, and the one after the last. */
  from: number;
  to: number;
}

/** A version that is due, and its endpoint with it. */
export interface DueVersion extends VersionRef {
  endpoint: string;
}

export const createVectorIndexActivities = (deps: Deps) => ({
  /** An empty version beside the others, of the form of what the job has left. Repeated, it finds its own. */
  async beginVersion({ run, endpoint, modelDataUrl }: BeginVersion): Promise<BegunVersion> {
    const calledAt = now();
    const index = run.spec.index!;
    const version = versionOf(run, modelDataUrl);
    const { counts: uri } = indexFilesOf(run, version);
    const counts = await readRecord(deps, uri, indexCountsSchema);
    if (!counts)
      throw fail('NotFound', `${uri} is not there, or not of the form that is expected`, { mend: 'submit again' });
    const formed = { name: indexNameIn(index), version, dimensions: counts.dimensions, ...formOf(index) };
    await withStore(deps, index, (store) =>
      store.begin({ ...formed, endpoint, model: modelDataUrl, madeBy: run.workflowId }),
    );
    return { version: formed, counts, calledAt };
  },

  /** Repeated, it leaves each document once. @returns documents that were loaded */
  loadShards: ({ run, version, from, to }: LoadShards): Promise<{ documents: number }> =>
    alive(
      (task) =>
        withStore(deps, run.spec.index!, (store) =>
          eachShard(deps, { run, part: version.version, from, to }, task, ({ documents, vectors }) =>
            store.load(version, documents, vectors),
          ),
        ),
      HEARS_MS,
    ),

  /** Repeated, it finds the graph built. Once more it waits for an attempt whose answer was lost. */
  buildGraph: ({ run, version }: { run: Run; version: FormedVersion }): Promise<void> =>
    alive(() => withStore(deps, run.spec.index!, (store) => store.build(version)), HEARS_MS),

  /** Writes index/report.json, whatever came of it; a version that passes may be switched to. */
  checkIndex: (checked: Checked): Promise<IndexCheck> =>
    alive(async (task) => {
      const check = await checkVersion(deps, checked, task);
      if (check.passed) await withStore(deps, checked.run.spec.index!, (store) => store.ready(checked.version));
      return check;
    }, HEARS_MS),

  /**
   * @returns whether the version serves: not where another one went into service since `from` was looked at, nor where it is `behind`
   *          what syncs have changed; and what tells the index from all others, for who removes its earlier versions
   */
  async switchIndex({ run, version, from, changes }: SwitchIndex): Promise<SwitchedIndex> {
    const { keepSeconds } = run.spec.index!;
    const { name, version: own } = version;
    const came = await withStore(deps, run.spec.index!, (store) =>
      store.switchTo({ name, version: own, from: from ?? null, keepSeconds, changes }),
    );
    const behind = came === 'behind' ? { behind: true as const } : {};
    return { switched: came === 'switched', ...behind, at: now(), retires: digestOf(run) };
  },

  /** Removes a version, unless it serves. @returns whether it is gone, and its endpoint may go too */
  async dropVersion({ run, version, whenDue }: DropVersion): Promise<{ gone: boolean }> {
    return { gone: await withStore(deps, run.spec.index!, (store) => store.drop(version, whenDue)) };
  },

  /** Removes the version of what the run has packaged, unless it serves. @returns whether its endpoint may go too */
  async abandonVersion({ run, modelDataUrl }: Omit<BeginVersion, 'endpoint'>): Promise<{ gone: boolean }> {
    const version = { name: indexNameIn(run.spec.index!), version: versionOf(run, modelDataUrl) };
    return { gone: await withStore(deps, run.spec.index!, (store) => store.drop(version)) };
  },

  /** @returns versions whose time is over, and when that of the next one is */
  async dueVersions({ run }: { run: Run }): Promise<{ due: DueVersion[]; next?: string }> {
    const index = run.spec.index!;
    const versions = await withStore(deps, index, (store) => store.versions(indexNameIn(index)));
    const kept = versions.flatMap(({ retireAt, ...one }) => (retireAt === undefined ? [] : [{ ...one, retireAt }]));
    const isDue = ({ retireAt }: { retireAt: string }): boolean => Date.parse(retireAt) <= Date.now();
    return {
      due: kept.filter(isDue).map(({ name, version, endpoint }) => ({ name, version, endpoint })),
      next: kept
        .filter((one) => !isDue(one))
        .map(({ retireAt }) => retireAt)
        .sort()[0],
    };
  },
});

/** How the store of the spec keeps vectors, but for their size. */
const formOf = (index: Index): Omit<VectorForm, 'dimensions'> =>
  index.store === 'pgvector' ? { element: index.element, hnsw: index.hnsw } : { element: 'float32' };

export interface BeginVersion {
  run: Run;
  endpoint: string;
  modelDataUrl: string;
}

export interface SwitchIndex {
  run: Run;
  version: VersionRef;
  /** The version that served when the candidate was compared; absent: none did. */
  from?: string;
  /** Changes of the index by syncs that the version has. Absent: they are not asked about. */
  changes?: number;
}

export interface SwitchedIndex {
  switched: boolean;
  behind?: true;
  /** Digest of what tells the index from all others. */
  retires: string;
  /** ISO 8601. */
  at: string;
}

export interface DropVersion {
  run: Run;
  version: VersionRef;
  /** Only where its time is over. */
  whenDue?: boolean;
}
