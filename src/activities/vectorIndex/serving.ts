/**
 * The endpoint in service: of a spec with an index the one that the pointer names.
 * @module
 */
import { createHash } from 'node:crypto';
import { endpointNameOf } from '../../run/endpoint.js';
import { accountAndRegion } from '../../run/ids.js';
import type { Run } from '../../run/run.js';
import { indexNameIn, type IndexIdentity } from '../../spec/indexName.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import type { Deps } from '../deps.js';
import { withStore } from './store.js';

export interface Serving {
  /** Absent: nothing is deployed. */
  endpoint?: string;
  /** Of the index; absent where it has none in service yet. */
  version?: string;
}

/** Where the pointer names none yet, an endpoint that serves without an index is what a candidate has to beat. */
export async function servingOf(deps: Deps, spec: Pick<FineTuneSpec, 'name' | 'deploy' | 'index'>): Promise<Serving> {
  const endpoint = endpointNameOf(spec);
  const { index } = spec;
  if (endpoint === undefined || index === undefined) return { endpoint };
  const pointer = await withStore(deps, index, (store) => store.pointer(indexNameIn(index)));
  return pointer ? { endpoint: pointer.version.endpoint, version: pointer.version.version } : { endpoint };
}

/** A version belongs to one model of one run: to what the run has packaged. 12 hex digits. */
export const versionOf = ({ folder }: Pick<Run, 'folder'>, modelDataUrl: string): string =>
  createHash('sha256').update(`${folder}\n${modelDataUrl}`).digest('hex').slice(0, 12);

const DIGITS = 8;

/** The endpoint that a deployment makes or changes: with an index each version has its own, beside the others. */
export const deployedEndpointOf = ({ spec, folder }: Pick<Run, 'spec' | 'folder'>, modelDataUrl: string): string => {
  const named = endpointNameOf(spec)!;
  return spec.index ? `${named}-${versionOf({ folder }, modelDataUrl).slice(0, DIGITS)}` : named;
};

/** As far as it tells which index is its. */
export interface IndexedRun extends Pick<Run, 'roleArn' | 'region'> {
  spec: { index?: IndexIdentity };
}

/** Tells a run's index from all others behind its namespace: 12 hex digits of its account, region, store and name. */
export const digestOf = (run: IndexedRun): string => {
  const index = run.spec.index!;
  const store = index.store === 'pgvector' ? JSON.stringify(index.url) : `s3vectors ${index.bucket}`;
  return createHash('sha256')
    .update([accountAndRegion(run), store, indexNameIn(index)].join('\n'))
    .digest('hex')
    .slice(0, 12);
};
