/**
 * Names made from content: the same bytes always lie under the same key, so nothing is uploaded twice.
 * @module
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { ChosenFile, ChosenSource } from './chosen.js';
import { bytesFrom, reading } from './reading.js';

export interface FileToStore extends ChosenFile {
  sha256: string;
  /** Of the parts that the file is sent in, base64; one of a file that is sent whole. */
  parts: FilePart[];
}

export interface FilePart {
  start: number;
  bytes: number;
  /** Base64, as S3 has it. */
  sha256: string;
}

export interface Addressed {
  /** sha256 of the file, or of the folder's manifest (a line "<sha256>  <name>" for each file, sorted by name). */
  sha256: string;
  /** Below the prefix's `inputs/`: `<sha256>/<file or folder name>`. */
  key: string;
  files: FileToStore[];
}

const DEFAULT_PART_BYTES = 16 * 1024 * 1024;
const MOST_PARTS = 10_000;

/** Reads everything once to name it. */
export async function address({ source, files: chosen }: ChosenSource, partBytes?: number): Promise<Addressed> {
  const name = basename(source.path);
  const files: FileToStore[] = [];
  for (const file of chosen) files.push(await hashed(file, partBytes));
  if (!source.folder) return { sha256: files[0]!.sha256, key: `${files[0]!.sha256}/${name}`, files };
  const manifest = files.map((file) => `${file.sha256}  ${file.name}\n`).join('');
  const sha256 = createHash('sha256').update(manifest).digest('hex');
  return { sha256, key: `${sha256}/${name}`, files };
}

/** Whole and by parts in one pass. */
const hashed = (file: ChosenFile, wantedPartBytes = DEFAULT_PART_BYTES): Promise<FileToStore> =>
  reading(file, async (handle) => {
    const partBytes = Math.max(wantedPartBytes, Math.ceil(file.bytes / MOST_PARTS));
    const whole = createHash('sha256');
    const parts: FilePart[] = [];
    for (let start = 0; start < file.bytes || parts.length === 0; start += partBytes) {
      const part = { start, bytes: Math.min(partBytes, file.bytes - start) };
      const content = await bytesFrom(handle, file, part);
      whole.update(content);
      parts.push({ ...part, sha256: createHash('sha256').update(content).digest('base64') });
    }
    return { ...file, sha256: whole.digest('hex'), parts };
  });
