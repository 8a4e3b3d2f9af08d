/**
 * Puts the Python sources where jobs find them: content-addressed, so that every run of the same sources shares one copy.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checksumOf, othersBelow, writeObject, type Encryption, type S3 } from '../aws/s3.js';
import { fail } from '../spec/failures.js';
import type { Deps } from './deps.js';

/** What jobs and the endpoint need of the python folder; tests and tools stay at home. */
const AT_ROOT = ['train.py', 'job.py', 'arrival.py'];
const FOLDERS = ['attune_jobs', 'locks'];
/**
 * What of the folders travels: modules, the files that they read, and what jobs install. Whatever else lies there stays.
 * No requirements.txt at the root: the training toolkit would install it whatever image it is in.
 */
const TRAVELS =
  /^(attune_jobs\/([a-z]\w*\/)*([a-z_]\w*\.py|requirements\.txt|onnxruntime\.txt|package_rule\.json|data_rows\.json)|locks\/[a-z-]+\.txt)$/;

interface Source {
  path: string;
  content: Buffer;
}

/**
 * Uploads what is not there yet, and whatever is not what its name says: somebody may have written over it, and jobs would run it.
 * Known by the checksums that S3 keeps.
 *
 * @throws ContentChanged where something else lies beside the scripts
 * @returns S3 URI of the files' folder
 */
export async function uploadCode(
  { s3, settings, pythonDir }: Deps,
  encryption: Encryption,
): Promise<{ files: string }> {
  const sources = await readSources(pythonDir);
  const files = `s3://${settings.bucket}/${settings.prefix}/code/${digestOf(sources)}/files/`;
  const ours = new Map(sources.map(({ path, content }) => [files + path, content]));
  const strangers = await strangersBelow(s3, files, ours);
  if (strangers.length > 0) throw foreign(strangers);
  await Promise.all([...ours].map(([uri, content]) => bring(s3, uri, content, encryption)));
  return { files };
}

const LOOKS_AGAIN_MS = 1_000;

/** Stores other than AWS's may list a file that another run is just writing, under a name of its own, for a moment. */
async function strangersBelow(s3: S3, files: string, ours: ReadonlyMap<string, Buffer>): Promise<string[]> {
  const first = await othersBelow(s3, files, ours);
  if (first.length === 0) return [];
  await sleep(LOOKS_AGAIN_MS);
  return othersBelow(s3, files, ours);
}

async function bring(s3: S3, uri: string, content: Buffer, encryption: Encryption): Promise<void> {
  if ((await checksumOf(s3, uri)) === createHash('sha256').update(content).digest('base64')) return;
  await writeObject(s3, uri, content, encryption);
}

/** Python imports a module beside a script before one of its own. */
const foreign = ([first, ...others]: readonly string[]) =>
  fail(
    'ContentChanged',
    `${first} is none of attune's job scripts${others.length > 0 ? `, nor are ${others.length} more beside it` : ''}, and a job could import it`,
  );

export async function readSources(pythonDir: string): Promise<Source[]> {
  const entries = await Promise.all(
    FOLDERS.map((folder) => readdir(join(pythonDir, folder), { recursive: true, withFileTypes: true })),
  );
  const inside = entries
    .flat()
    .filter((entry) => entry.isFile())
    .map((entry) => relative(pythonDir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => TRAVELS.test(path));
  const paths = [...AT_ROOT, ...inside].sort();
  return Promise.all(paths.map(async (path) => ({ path, content: await readFile(join(pythonDir, path)) })));
}

/** Over all files that a job finds beside its script: python/arrival.py computes the same. */
export function digestOf(sources: readonly Source[]): string {
  const hash = createHash('sha256');
  for (const { path, content } of sources) hash.update(`${path}\0${content.length}\0`).update(content);
  return hash.digest('hex');
}
