/**
 * Names made from content: the same bytes always lie under the same key, so nothing is uploaded twice.
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LocalSource } from './specFile.js';

export interface FileToStore {
  path: string;
  /** Path below the folder with forward slashes; the file's own name where the source is a file. */
  name: string;
  bytes: number;
  sha256: string;
  modifiedMs: number;
}

export interface Addressed {
  /** sha256 of the file, or of the folder's manifest (a line "<sha256>  <name>" for each file, sorted by name). */
  sha256: string;
  /** Below the prefix's `inputs/`: `<sha256>/<file or folder name>`. */
  key: string;
  files: FileToStore[];
}

/** Reads everything once to name it. Files whose name begins with a dot are not data and are left out. */
export async function address({ path, folder }: Pick<LocalSource, 'path' | 'folder'>): Promise<Addressed> {
  const name = basename(path);
  if (!folder) {
    const file = await describe(path, name);
    return { sha256: file.sha256, key: `${file.sha256}/${name}`, files: [file] };
  }
  const files: FileToStore[] = [];
  for (const inside of (await filesIn(path)).sort()) {
    files.push(await describe(inside, relative(path, inside).split(sep).join('/')));
  }
  const manifest = files.map((file) => `${file.sha256}  ${file.name}\n`).join('');
  const sha256 = createHash('sha256').update(manifest).digest('hex');
  return { sha256, key: `${sha256}/${name}`, files };
}

async function describe(path: string, name: string): Promise<FileToStore> {
  const { size, mtimeMs } = await stat(path);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return { path, name, bytes: size, sha256: hash.digest('hex'), modifiedMs: mtimeMs };
}

async function filesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return (await stat(path)).isDirectory() ? filesIn(path) : [path]; // stat follows links, as model caches have them
    }),
  );
  return found.flat();
}
