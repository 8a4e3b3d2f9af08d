/**
 * Folders that are made once: by whoever asks first, whole or not at all.
 *
 * Each try writes into a folder of its own, which gets its final name when it is complete. So a killed set-up leaves
 * nothing half-made, and what it had started and could not end (a download, a compiler) never writes where the next one
 * does. The lock only spares two set-ups the same work.
 * @module
 */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import lockfile from 'proper-lockfile';

/** A living holder refreshes its lock every second; one that has not for so long is dead, or was put to sleep. */
const STALE_MS = 5_000;
const RETRY_MS = 200;

export interface Waiting {
  /** Called once, when there is somebody to wait for. */
  onWait?: () => void;
  signal?: AbortSignal;
}

/**
 * Runs `body` while holding the lock `name`; waits for another holder first. A killed one is waited for 5 s at most.
 *
 * @param name  a path; the lock is the folder `<name>.lock`
 */
export async function holding<T>(name: string, { onWait, signal }: Waiting, body: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(name), { recursive: true });
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      // Lost while it was held (this machine slept): both go on, each in a folder of its own.
      const options = { realpath: false, stale: STALE_MS, update: 1_000, onCompromised: () => undefined };
      await lockfile.lock(name, options);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    if (!told) onWait?.();
    told = true;
    await sleep(RETRY_MS, undefined, { signal });
  }
  try {
    return await body();
  } finally {
    // A lock that was lost is not there to be given back.
    await lockfile.unlock(name, { realpath: false }).catch(() => undefined);
  }
}

/**
 * Makes `folder` unless it is there and complete.
 *
 * @param isComplete  asked before and after waiting; the folder's final name is given only when `make` has ended
 * @param make        fills the folder it is given, which must be movable
 */
export async function madeOnce(
  folder: string,
  { isComplete, ...waiting }: Waiting & { isComplete: () => boolean },
  make: (fresh: string) => Promise<void>,
): Promise<void> {
  if (isComplete()) return;
  await holding(folder, waiting, async () => {
    if (isComplete()) return;
    removeAbandoned(folder);
    const fresh = mkdtempSync(`${folder}${UNFINISHED}`);
    try {
      await make(fresh);
      rmSync(folder, { recursive: true, force: true });
      renameSync(fresh, folder);
    } finally {
      rmSync(fresh, { recursive: true, force: true, maxRetries: 3 });
    }
  });
}

const UNFINISHED = '.unfinished-';

/** Under the lock nobody alive works on it: what is there was left by a kill. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(dirname(folder)))
    if (name.startsWith(`${basename(folder)}${UNFINISHED}`))
      rmSync(join(dirname(folder), name), { recursive: true, force: true, maxRetries: 3 });
}
