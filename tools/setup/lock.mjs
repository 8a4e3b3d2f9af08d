/**
 * One set-up at a time: a folder that says who holds it. A holder that died does not block anyone.
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive, thisProcess } from './processes.mjs';

const RETRY_MS = 200;

/**
 * Runs `body` while holding the lock; waits for another holder first.
 *
 * @param folder    the lock's folder; its parent is made when absent
 * @param onWait    called once, with the holder's process id, when there is somebody to wait for
 */
export async function withLock(folder, onWait, body) {
  mkdirSync(path.dirname(folder), { recursive: true });
  let told = false;
  while (!take(folder)) {
    const holder = readHolder(folder);
    if (holder && !isAlive(holder)) {
      discard(folder, holder);
      continue;
    }
    if (holder && !told) onWait(holder.pid);
    told ||= Boolean(holder);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await body();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** The folder comes into being with its content: renaming onto a lock that is held fails. */
function take(folder) {
  if (existsSync(folder)) return false;
  const fresh = mkdtempSync(`${folder}.`);
  writeFileSync(path.join(fresh, 'holder.json'), JSON.stringify(thisProcess()));
  try {
    renameSync(fresh, folder);
    return true;
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(folder) {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'holder.json'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined; // given back between two looks
    throw error;
  }
}

/** Moved aside before it is removed: of two that find the same dead holder only one discards the lock. */
function discard(folder, dead) {
  const aside = `${folder}.dead-${process.pid}`;
  try {
    renameSync(folder, aside);
    // Somebody else was quicker, and this is a living holder's new lock: it goes back.
    if (readHolder(aside)?.pid !== dead.pid) return renameSync(aside, folder);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}
