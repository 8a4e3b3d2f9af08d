/**
 * Changes of the version in service: each counts in the object that a switch goes by, so whoever switches can tell whether a version
 * that was made meanwhile has them too, and two syncs do not undo each other.
 * @module
 */
import type { Synced, SyncRef, VersionRef } from '../store.js';
import type { IndexState, StateObject } from './state.js';

export async function lastSync(object: StateObject): Promise<Synced> {
  const { syncs } = await object.read();
  if (syncs === undefined) return { changes: 0 };
  const { changes, version, spec, digest } = syncs;
  return { changes, version, spec, digest };
}

/** Counts a change that is about to be made. @returns false where it may not be made */
export const claim = (object: StateObject, of: VersionRef, as: SyncRef): Promise<boolean> =>
  written(object, of, as, (changes) => ({ changes: changes + 1 }));

/** No change by itself: what serves is what was read. */
export const synced = (
  object: StateObject,
  of: VersionRef,
  as: SyncRef,
  digest: string | undefined,
): Promise<boolean> => written(object, of, as, (changes) => ({ changes, digest }));

async function written(
  object: StateObject,
  { version }: VersionRef,
  { by, since, spec }: SyncRef,
  facts: (changes: number) => { changes: number; digest?: string },
): Promise<boolean> {
  let may = false;
  await object.change((state) => {
    may = mayWrite(state, version, by, since);
    return may ? { ...state, syncs: { by, version, spec, ...facts(state.syncs?.changes ?? 0) } } : undefined;
  });
  return may;
}

/** The sync's own earlier change does not stand in its way: an answer may have been lost. */
const mayWrite = ({ live, syncs }: IndexState, version: string, by: string, since: number): boolean =>
  live?.version === version && ((syncs?.changes ?? 0) === since || syncs?.by === by);
