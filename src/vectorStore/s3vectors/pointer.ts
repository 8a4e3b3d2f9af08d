/**
 * What may become of the pointer: which version serves, which one is kept, and for how long.
 * @module
 */
import { StoreError } from '../errors.js';
import type { Pointer, Switch, Switched, Version, VersionRef } from '../store.js';
import type { IndexState, StateObject, StoredVersion } from './state.js';

export const versionIn = (name: string, { removing: _, ...stored }: StoredVersion): Version => ({
  name,
  element: 'float32',
  ...stored,
});

export function pointerIn(name: string, { live, versions }: IndexState): Pointer | undefined {
  const serving = versions.find(({ version }) => version === live?.version);
  if (live === undefined || serving === undefined) return undefined;
  return { version: versionIn(name, serving), previous: live.previous, switchedAt: live.switchedAt };
}

/** The same state with other facts about one of its versions. */
export const withVersion = (
  state: IndexState,
  of: string,
  facts: (version: StoredVersion) => StoredVersion,
): IndexState => ({
  ...state,
  versions: state.versions.map((one) => (one.version === of ? facts(one) : one)),
});

export async function switchTo(
  object: StateObject,
  { name, version, from, keepSeconds, changes }: Switch,
): Promise<Switched> {
  let came: Switched = 'switched';
  await object.change((state) => {
    const live = state.live?.version ?? null;
    came = 'switched';
    if (live === version) return undefined; // an earlier attempt's answer was lost
    if (live !== from) came = 'otherServes';
    else if (changes !== undefined && changes !== (state.syncs?.changes ?? 0)) came = 'behind';
    return came === 'switched' ? pointed(state, { name, version }, keepSeconds) : undefined;
  });
  return came;
}

export async function rollBack(object: StateObject, name: string, keepSeconds: number, to?: string): Promise<Pointer> {
  let wanted = to;
  const state = await object.change((now) => {
    const { live } = now;
    if (live === undefined) throw new StoreError('NotAvailable', `index ${name} has no version in service`);
    // As it was at first: where the answer was lost, another look would go forward again.
    wanted ??= live.previous;
    if (wanted === undefined) {
      const what = `index ${name}: no version served before ${live.version}`;
      throw new StoreError('NotAvailable', what, 'name one by --to');
    }
    return wanted === live.version ? undefined : pointed(now, { name, version: wanted }, keepSeconds);
  });
  return pointerIn(name, state)!;
}

function pointed(state: IndexState, { name, version }: VersionRef, keepSeconds: number): IndexState {
  const target = state.versions.find((one) => one.version === version && !one.removing);
  if (target?.state !== 'ready') {
    const found = target ? 'is not whole: it was never checked' : 'is not kept any more';
    const mend = '`attune index status` lists them';
    throw new StoreError('NotAvailable', `index ${name}: version ${version} ${found}`, mend);
  }
  const now = Date.now();
  const previous = state.live?.version;
  const kept = withVersion(state, version, ({ retireAt: _, ...one }) => one);
  const retireAt = new Date(now + 1000 * keepSeconds).toISOString();
  return {
    ...(previous === undefined ? kept : withVersion(kept, previous, (one) => ({ ...one, retireAt }))),
    live: { version, previous, switchedAt: new Date(now).toISOString() },
  };
}

/** Nothing may point to it from now on. @returns false where it stays: it serves, or its time is not over */
export async function giveUp(object: StateObject, of: VersionRef, whenDue: boolean): Promise<boolean> {
  let goes = true;
  await object.change((state) => {
    const stored = state.versions.find(({ version }) => version === of.version);
    const isKept = whenDue && stored && (stored.retireAt === undefined || Date.parse(stored.retireAt) > Date.now());
    goes = state.live?.version !== of.version && !isKept;
    return goes && stored && !stored.removing
      ? withVersion(state, of.version, (one) => ({ ...one, removing: true }))
      : undefined;
  });
  return goes;
}

/** Its vector index is gone. */
export async function forget(object: StateObject, { version: gone }: VersionRef): Promise<void> {
  await object.change((state) => {
    if (!state.versions.some(({ version }) => version === gone)) return undefined;
    const { live } = state;
    return {
      ...state,
      versions: state.versions.filter(({ version }) => version !== gone),
      live: live?.previous === gone ? { ...live, previous: undefined } : live,
    };
  });
}
