/**
 * What attune asks of a vector store: versions of an index beside each other, and one pointer that names the one in service
 * together with the endpoint of the model that it was embedded by.
 * @module
 */

/** How the vectors of a version are kept and searched. */
export interface VectorForm {
  dimensions: number;
  /** Of each number that is kept. */
  element: 'float32' | 'float16';
  /** Of stores whose graph is the spec's to shape. */
  hnsw?: HnswParameters;
}

/** Source: Malkov and Yashunin 2018; names as there. */
export interface HnswParameters {
  /** Neighbours of each vector on each layer. */
  m: number;
  /** Candidates that are looked at while the graph is built, and while it is searched. */
  efConstruction: number;
  efSearch: number;
}

/** Which index, and which of its versions. */
export interface VersionRef {
  /** Of the index: of its table or collection. */
  name: string;
  version: string;
}

/** A version and how its vectors are kept. */
export interface FormedVersion extends VersionRef, VectorForm {}

export interface NewVersion extends FormedVersion {
  /** SageMaker endpoint that embeds for it: of this model and no other, ever. */
  endpoint: string;
  /** S3 URI of model.tar.gz. */
  model: string;
  /** Workflow id of the run that makes it. */
  madeBy: string;
}

export interface Version extends NewVersion {
  /** Only what has been checked can be switched to. */
  state: 'building' | 'ready';
  /** ISO 8601. After it the version and its endpoint go, unless it serves. */
  retireAt?: string;
}

export interface IndexedDocument {
  id: string;
  title: string;
  text: string;
  /** SHA-256 of id and text, in hex. */
  hash: string;
}

export interface Hit {
  /** From 1. */
  rank: number;
  id: string;
  title: string;
  text: string;
  /** Cosine. */
  score: number;
}

/** What is in service. */
export interface Pointer {
  version: Version;
  /** The version that served before, which a rollback goes back to. */
  previous?: string;
  /** ISO 8601. */
  switchedAt: string;
}

export interface Switch extends VersionRef {
  /** The version that serves now; null: none does. Where another one does, nothing is switched. */
  from: string | null;
  /** Changes of the index by syncs that the new version has too. Where there are more, nothing is switched. Default: any. */
  changes?: number;
  /** How long what served is kept. */
  keepSeconds: number;
}

/** A document as an index is compared by it. */
export type Known = Pick<IndexedDocument, 'id' | 'hash'>;

/** What syncs have done to an index, whichever of its versions served. */
export interface Synced {
  /** Changes that came into the index by syncs; 0: never one. */
  changes: number;
  /** Of the last sync: the version that it brought level, and the S3 URI of its spec. */
  version?: string;
  spec?: string;
  /** Of what it read; absent where that is not known, or it has not ended. */
  digest?: string;
}

/** Documents that come, and ids that go. A store with transactions makes it all at once or not at all. */
export interface Change {
  documents: readonly IndexedDocument[];
  /** Of unit length, row by row. */
  vectors: Float32Array;
  deleted: readonly string[];
}

/** Whose change of the version in service it is: one sync's, which began when so many had been made. */
export interface SyncRef {
  by: string;
  since: number;
  /** S3 URI: says what is read. */
  spec: string;
}

export interface VectorStore {
  /** Refuses what could not be indexed into, before anything is paid for. Changes nothing. */
  check(name: string): Promise<void>;
  pointer(name: string): Promise<Pointer | undefined>;
  versions(name: string): Promise<Version[]>;

  /** Makes an empty version beside the others. Repeated, it finds its own. */
  begin(version: NewVersion): Promise<void>;
  /** Puts documents in. Repeated, it leaves each once. @param vectors  unit length, row by row */
  load(version: FormedVersion, documents: readonly IndexedDocument[], vectors: Float32Array): Promise<void>;
  /** Builds the graph over what was loaded. Repeated, it finds it built. */
  build(version: FormedVersion): Promise<void>;
  /** Ids and hashes, each once, so many at most a page. */
  known(version: VersionRef, most: number): AsyncIterable<Known[]>;
  /** Puts in and takes out of a version that does not serve yet. Repeated, it changes nothing. */
  change(version: FormedVersion, change: Change): Promise<void>;
  /** The same of the version in service. @returns false where another one serves by now, or another sync came between */
  sync(version: FormedVersion, change: Change, as: SyncRef): Promise<boolean>;
  /** A sync has brought the version level with what it read. @returns false as of `sync` */
  synced(version: VersionRef, as: SyncRef, digest: string | undefined): Promise<boolean>;
  lastSync(name: string): Promise<Synced>;
  /** How many documents there are, and one digest of all their hashes, whatever their order. */
  inventory(version: VersionRef): Promise<Inventory>;
  /** The nearest k documents. @param byGraph  also where a look at each is quicker. Default: as the store sees fit */
  search(version: FormedVersion, vector: readonly number[], k: number, byGraph?: boolean): Promise<Hit[]>;
  /** Ids of the k nearest to each, the nearest first, by a look at every vector: slow. */
  exact(version: FormedVersion, vectors: readonly (readonly number[])[], k: number): Promise<string[][]>;
  /** It may be switched to. */
  ready(version: VersionRef): Promise<void>;

  /** All at once, or not at all. */
  switchTo(change: Switch): Promise<Switched>;
  /** Points back to a version that is kept, all at once. @param to  default: the one that served before */
  rollBack(name: string, keepSeconds: number, to?: string): Promise<Pointer>;
  /** Removes a version, unless it serves. @param whenDue  only where its time is over. @returns whether it is gone */
  drop(version: VersionRef, whenDue?: boolean): Promise<boolean>;

  /** Ends what it is doing for us, which then fails: a graph over millions would else be built on. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

/** `behind`: the version lacks what a sync has changed since. `otherServes`: another one than `from` does. */
export type Switched = 'switched' | 'behind' | 'otherServes';

export interface Inventory {
  documents: number;
  /** 16 hex digits: the hashes' first 64 bits, combined by exclusive or. */
  digest: string;
}
