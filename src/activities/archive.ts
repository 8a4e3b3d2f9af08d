/**
 * The layout of model.tar.gz that the endpoint needs, checked while it streams by.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { MODEL_PACKAGE } from '../run/modelPackage.js';
import type { Task } from './alive.js';

export interface Archive {
  files: { path: string; bytes: number }[];
  sha256: string;
  bytes: number;
  /** In words; empty when the archive can be deployed as it is. */
  problems: string[];
}

/** @param task  its progress counts the bytes read so far; its signal ends the reading */
export async function checkArchive(source: Readable, task: Task): Promise<Archive> {
  const files: Archive['files'] = [];
  const problems: string[] = [];
  const hash = createHash('sha256');
  const bounds = new Bounds();
  let bytes = 0;

  const entries = extract();
  entries.on('entry', (header, content, next) => {
    // The archive's own error says it; without a listener here, an entry's would end the process.
    content.on('error', () => undefined);
    const excess = bounds.entry(header);
    if (excess) return entries.destroy(excess);
    problems.push(...problemsOf(header));
    if (header.type === 'file') files.push({ path: clean(header.name), bytes: header.size ?? 0 });
    content.on('end', next);
    content.resume();
  });
  async function* measured(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      task.progress = { bytes };
      yield chunk;
    }
  }
  async function* bounded(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      const excess = bounds.unpacked(chunk.length, bytes);
      if (excess) throw excess;
      yield chunk;
    }
  }
  try {
    await pipeline(source, measured, createGunzip(), bounded, entries, { signal: task.signal });
  } catch (error) {
    if (error instanceof Excess) problems.push(error.message);
    else if (isDamage(error)) problems.push(`it cannot be unpacked: ${(error as Error).message}`);
    else throw error;
  }
  const paths = new Set(files.map(({ path }) => path));
  problems.push(
    ...MODEL_PACKAGE.required.filter((path) => !paths.has(path)).map((path) => `${path} is missing at its root`),
  );
  if (![...paths].some((path) => path.endsWith(MODEL_PACKAGE.weights)))
    problems.push(`it holds no ${MODEL_PACKAGE.weights} file`);
  return { files, sha256: hash.digest('hex'), bytes, problems };
}

class Excess extends Error {}

/** Counts what goes by, and ends the reading where it is more than a model can need. */
class Bounds {
  private readonly limits = MODEL_PACKAGE.limits;
  private entries = 0;
  private announced = 0;
  private read = 0;

  entry({ name, type, size = 0 }: Header): Excess | undefined {
    // tar-stream would wait for ever for the content that a folder declares.
    if (type === 'directory' && size > 0) return new Excess(`${shown(clean(name))} is a folder of ${size} bytes`);
    this.entries += 1;
    this.announced += size;
    const { entries, nameCharacters, unpackedBytes } = this.limits;
    if (this.entries > entries) return new Excess(`it holds more than ${entries} entries`);
    if (name.length > nameCharacters) return new Excess(`it holds names of more than ${nameCharacters} characters`);
    return this.announced > unpackedBytes ? new Excess(`it unpacks to more than ${unpackedBytes} bytes`) : undefined;
  }

  /** @param packed  bytes of the archive read so far */
  unpacked(bytes: number, packed: number): Excess | undefined {
    this.read += bytes;
    const { ratio, ratioFromBytes } = this.limits;
    return this.read > ratioFromBytes && this.read > ratio * packed
      ? new Excess(`it unpacks to more than ${ratio} times its size`)
      : undefined;
  }
}

function problemsOf({ name, type }: Header): string[] {
  const path = shown(clean(name));
  if (type !== 'file' && type !== 'directory')
    return [`${path} is a ${type}; only files and folders are unpacked safely`];
  if (path.startsWith('/') || path.split('/').includes('..')) return [`${path} leads out of the archive`];
  const file = path.split('/').at(-1)!.toLowerCase();
  if (MODEL_PACKAGE.reserved.some((reserved) => file === reserved))
    return [`${path} has a name that AWS's model server takes for its own file, and does not start; rename it`];
  return MODEL_PACKAGE.pickles.some((suffix) => path.endsWith(suffix))
    ? [`${path} is a pickle, which runs code when loaded; save it as safetensors`]
    : [];
}

const clean = (name: string): string => name.replace(/^(\.\/)+/, '');

/** A name from a stranger's archive, without what would steer a terminal. */
const shown = (name: string): string =>
  name.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );

/** zlib and tar say so in their own codes; anything else is the network's fault, and worth another try. */
const isDamage = (error: unknown): boolean =>
  error instanceof Error &&
  (/^Z_/.test((error as NodeJS.ErrnoException).code ?? '') || /tar|header|end of data/i.test(error.message));
