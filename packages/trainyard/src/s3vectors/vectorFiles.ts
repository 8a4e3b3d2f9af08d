/**
 * The vectors of each index: in memory, and in a file of changes behind each other. A kill leaves whole changes, and at most the
 * beginning of one that nobody was told of.
 * @module
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeWhole } from '../wholeFile.js';
import type { IndexRecord } from './place.js';

export interface Vector {
  key: string;
  data: Float32Array;
  metadata?: Record<string, unknown>;
}

type Place = Pick<IndexRecord, 'vectorBucketName' | 'indexName'>;
/** A line of a file: vectors that came, or keys that went. */
type Line = { put: { key: string; data: string; metadata?: Record<string, unknown> }[] } | { delete: string[] };

export class VectorFiles {
  private readonly indexes = new Map<string, Map<string, Vector>>();

  /** @param folder  of all state of S3 Vectors */
  constructor(private readonly folder: string) {}

  /** By key. */
  of(place: Place): ReadonlyMap<string, Vector> {
    return this.opened(place);
  }

  /** One that is there already becomes the new one. */
  put(place: Place, vectors: readonly Vector[]): void {
    const known = this.opened(place);
    this.append(place, {
      put: vectors.map(({ key, data, metadata }) => ({ key, data: encoded(data), metadata })),
    });
    for (const vector of vectors) known.set(vector.key, vector);
  }

  /** What is not there is not missed. */
  delete(place: Place, keys: readonly string[]): void {
    const known = this.opened(place);
    this.append(place, { delete: [...keys] });
    for (const key of keys) known.delete(key);
  }

  remove(place: Place): void {
    this.indexes.delete(this.path(place));
    rmSync(this.path(place), { force: true });
  }

  private append(place: Place, line: Line): void {
    appendFileSync(this.path(place), `${JSON.stringify(line)}\n`);
  }

  private opened(place: Place): Map<string, Vector> {
    const path = this.path(place);
    let found = this.indexes.get(path);
    if (!found) {
      mkdirSync(dirname(path), { recursive: true });
      found = existsSync(path) ? vectorsIn(readFileSync(path, 'utf8')) : new Map<string, Vector>();
      // Without what has been overwritten since, and without half a line at its end.
      const rows = [...found.values()].map(({ key, data, metadata }) => ({ key, data: encoded(data), metadata }));
      writeWhole(path, rows.map((row) => `${JSON.stringify({ put: [row] } satisfies Line)}\n`).join(''));
      this.indexes.set(path, found);
    }
    return found;
  }

  private path({ vectorBucketName, indexName }: Place): string {
    return join(this.folder, vectorBucketName, `${indexName}.jsonl`);
  }
}

const encoded = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

function decoded(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer);
}

function vectorsIn(text: string): Map<string, Vector> {
  const vectors = new Map<string, Vector>();
  // What stands behind the last end of a line was never answered.
  for (const line of text.split('\n').slice(0, -1)) {
    const change = JSON.parse(line) as Line;
    if ('delete' in change) change.delete.forEach((key) => vectors.delete(key));
    else for (const { key, data, metadata } of change.put) vectors.set(key, { key, data: decoded(data), metadata });
  }
  return vectors;
}
