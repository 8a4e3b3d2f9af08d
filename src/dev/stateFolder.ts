/**
 * Folders that only their owner may enter: documents, models, histories and keys lie in them.
 * @module
 */
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const OWNER_ONLY = 0o700;

/** Makes a folder and folders in it, or closes those that are there to everybody else. */
export function makePrivate(folder: string, inner: readonly string[] = []): void {
  for (const path of [folder, ...inner.map((name) => join(folder, name))]) {
    mkdirSync(path, { recursive: true, mode: OWNER_ONLY });
    chmodSync(path, OWNER_ONLY);
  }
}

/** How versitygw names a file on its way into an object's place; see backend/posix/with_otmpfile.go of its sources. */
const ON_ITS_WAY = /^\..+\.sgwtmp\.\d+$/;

/** What the S3 server had not written to its end when it was killed: it would list it as an object, for ever. */
export function removeHalfWritten(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && ON_ITS_WAY.test(entry.name)) rmSync(join(entry.parentPath, entry.name));
}
