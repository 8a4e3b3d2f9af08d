/**
 * A .tar.gz into a folder, as far as Python's `tarfile` with its `data` filter goes (PEP 706): what is harmless is taken,
 * what leads out of the folder is refused.
 * @module
 */
import { createWriteStream } from 'node:fs';
import { link, lstat, mkdir, realpath, symlink, unlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';

/**
 * Unpacks while the archive comes in. Absolute names lie below the folder, as `tar` and `tarfile` put them.
 *
 * @param folder  is there already
 * @throws Error that names the entry which leads out, or is neither a file, a folder nor a link
 */
export async function unpack(archive: Readable, folder: string, signal: AbortSignal): Promise<void> {
  const entries = extract();
  const root = await realpath(folder);
  await Promise.all([pipeline(archive, createGunzip(), entries, { signal }), place(entries, root)]);
}

async function place(entries: Extract, root: string): Promise<void> {
  const links: [name: string, path: string][] = [];
  for await (const entry of entries) {
    const { name, type, linkname, mode } = entry.header;
    const path = resolve(root, name.replace(/^\/+/, ''));
    await requireInside(root, path, name);
    if (type === 'directory') await mkdir(path, { recursive: true });
    else await makeRoom(path);

    if (type === 'file' || type === 'contiguous-file') await write(entry, path, mode);
    else if (type === 'symlink') {
      await linkTo(root, path, linkname, name);
      links.push([name, path]);
    } else if (type === 'link') await linkAgain(root, path, linkname, name);
    else if (type !== 'directory')
      throw new Error(
        `entry ${JSON.stringify(name)} is a ${type ?? 'thing of unknown type'}: expected files and folders`,
      );
    entry.resume();
  }
  // Where a link leads may have changed with what came after it.
  for (const [name, path] of links) await requireInside(root, path, name);
}

/** A later entry takes the place of an earlier one; through a link that stood there nothing is written. */
async function makeRoom(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (await isThere(path)) await unlink(path);
}

async function write(content: AsyncIterable<unknown>, path: string, mode: number): Promise<void> {
  // Programs stay programs; nobody else gets to write, as by the `data` filter.
  const kept = (mode & 0o755) | 0o600;
  await pipeline(content as AsyncIterable<Buffer>, createWriteStream(path, { mode: kept }));
}

async function linkTo(root: string, path: string, target: string, name: string): Promise<void> {
  if (isAbsolute(target)) throw leadsOut(name);
  await requireInside(root, resolve(dirname(path), target), name);
  await symlink(target, path);
}

/** A hard link is to an earlier entry. */
async function linkAgain(root: string, path: string, target: string, name: string): Promise<void> {
  const earlier = resolve(root, target.replace(/^\/+/, ''));
  await requireInside(root, earlier, name);
  await link(await realpath(earlier), path);
}

/** @throws Error when a path leads out, by its `..` or by a link on its way */
async function requireInside(root: string, path: string, name: string): Promise<void> {
  const real = isIn(root, path) ? await whereItIs(path) : path;
  if (!isIn(root, real)) throw leadsOut(name);
}

const isIn = (root: string, path: string): boolean => path === root || path.startsWith(root + sep);

/** The path without links, as far as it is there. */
async function whereItIs(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return join(await whereItIs(dirname(path)), path.slice(dirname(path).length));
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const leadsOut = (name: string): Error => new Error(`entry ${JSON.stringify(name)} leads out of the archive`);
