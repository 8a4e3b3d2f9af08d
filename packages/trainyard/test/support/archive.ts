/**
 * Model data as it lies in S3: a gzipped tar.
 * @module
 */
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** An archive of files, by path; a path that ends in ` -> target` is a symbolic link. */
export function archive(files: Record<string, string>): Promise<Buffer> {
  const tar = pack();
  for (const [path, content] of Object.entries(files)) {
    const [name = '', linkname] = path.split(' -> ');
    if (linkname) tar.entry({ name, linkname, type: 'symlink' });
    else tar.entry({ name }, content);
  }
  tar.finalize();
  return (async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    return gzipSync(Buffer.concat(chunks));
  })();
}
