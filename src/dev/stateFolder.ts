/**
 * Folders that only their owner may enter: documents, models, histories and keys lie in them.
 * @module
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const OWNER_ONLY = 0o700;

/** Makes a folder and folders in it, or closes those that are there to everybody else. */
export function makePrivate(folder: string, inner: readonly string[] = []): void {
  for (const path of [folder, ...inner.map((name) => join(folder, name))]) {
    mkdirSync(path, { recursive: true, mode: OWNER_ONLY });
    chmodSync(path, OWNER_ONLY);
  }
}
