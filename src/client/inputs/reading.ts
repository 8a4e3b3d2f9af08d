/**
 * Reading a chosen file: opened once, and noticed where it is another one by then, or changes on the way.
 * @module
 */
import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { AttuneError } from '../../spec/attuneError.js';
import { identityOf, type ChosenFile } from './chosen.js';

/** Never waits for the other end of a pipe, and never follows a link that has taken the file's place. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * @param read  gets the open file; what it returns counts only where the file is the same after it
 * @throws AttuneError when the file changed since it was chosen, or cannot be read
 */
export async function reading<T>(file: ChosenFile, read: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await opened(file);
  try {
    // Also where a folder on the way has become a link.
    if ((await realpath(file.path).catch(() => '')) !== file.path) throw changed(file);
    await assertSame(handle, file);
    const result = await read(handle);
    await assertSame(handle, file);
    return result;
  } finally {
    await handle.close();
  }
}

async function opened(file: ChosenFile): Promise<FileHandle> {
  try {
    return await open(file.path, FLAGS);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENXIO') throw changed(file);
    const mend = 'check its permissions, or move it out of the folder';
    throw new AttuneError('InvalidRequest', `${file.path} cannot be read (${code})`, mend, { cause: error });
  }
}

async function assertSame(handle: FileHandle, file: ChosenFile): Promise<void> {
  const now = await handle.stat({ bigint: true });
  if (!now.isFile() || identityOf(now) !== file.identity) throw changed(file);
}

export const changed = ({ path }: ChosenFile): AttuneError =>
  new AttuneError(
    'InvalidRequest',
    `${path} changed while it was uploaded`,
    'submit again when nothing writes to it any more',
  );

/** Exactly the bytes from `start` on. @throws AttuneError when the file is shorter by now */
export async function bytesFrom(
  handle: FileHandle,
  file: ChosenFile,
  { start, bytes }: { start: number; bytes: number },
): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at < bytes;) {
    const { bytesRead } = await handle.read(buffer, at, bytes - at, start + at);
    if (bytesRead === 0) throw changed(file);
    at += bytesRead;
  }
  return buffer;
}
