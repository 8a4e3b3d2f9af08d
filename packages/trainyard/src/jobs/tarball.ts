/**
 * A folder as a .tar.gz stream whose root is the folder's content, as SageMaker makes model.tar.gz and output.tar.gz.
 * @module
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, constants } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import { filesBelow } from '../s3.js';

export function tarball(folder: string): Readable {
  const tar = pack();
  // Weights hardly compress: the quickest level costs a few per cent of size and saves most of the time.
  const gzip = tar.pipe(createGzip({ level: constants.Z_BEST_SPEED }));
  fill(tar, folder).catch((error: Error) => gzip.destroy(error));
  return gzip;
}

async function fill(tar: Pack, folder: string): Promise<void> {
  for (const path of await filesBelow(folder)) {
    const { size, mode, mtime } = await stat(join(folder, path));
    const entry = tar.entry({ name: path, size, mode, mtime });
    await pipeline(createReadStream(join(folder, path)), entry);
  }
  tar.finalize();
}
