/**
 * Temporal's official release archive, where its wheel cannot be had.
 * @module
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { SETUP_COMMAND } from './places.js';
import { SetupError } from './setupError.js';
import type { Step } from './step.js';

export interface Release {
  version: string;
  /** Folder of the archives; a slash at its end. */
  url: string;
  /** SHA-256 of `temporal_cli_<version>_<platform>.tar.gz`. */
  sha256: Record<string, string>;
}

/** As the release's checksums.txt has them. */
export const TEMPORAL_RELEASE: Release = {
  version: '1.9.1',
  url: 'https://github.com/temporalio/cli/releases/download/v1.9.1/',
  sha256: {
    linux_amd64: '09a0326a51db84d02735e53542b9ebd8c4758daf47482a9ab0abce15844e60d5',
    linux_arm64: '6c57c352d52fc3df34412376fd9ba6f74b7e3ace8e426e6cba8600156d36a145',
    darwin_amd64: '48cdd6c84c56e27ae8e4d9a47052b89289a9c552dee029b49dd312c6fb72873f',
    darwin_arm64: '41e0425378fcb4fb5766340b97435e20fe47bbff2d7bf644ec2d51f7662b7c56',
  },
};

/** The archive has 45 MB: over a line that needs longer, another way is better. */
const LIMIT_MS = 300_000;
/** Any answer of a host that can be reached comes within this. */
const CONNECT_MS = 10_000;

/**
 * Downloads the archive, holds it to its checksum, and writes its program as `<folder>/temporal`.
 *
 * @throws SetupError when it cannot be had, or is another one than the checksum's
 */
export async function provideRelease({ version, url, sha256 }: Release, folder: string, step: Step): Promise<void> {
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const expected = sha256[platform];
  if (expected === undefined)
    throw new SetupError(`Temporal ${version} has no release for ${platform} here`, `bring one, then ${SETUP_COMMAND}`);
  const archive = `${url}temporal_cli_${version}_${platform}.tar.gz`;
  step.now(`downloading ${archive}`);
  const bytes = await download(archive, step);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== expected)
    throw new SetupError(
      `${archive} has the SHA-256 ${found}, expected ${expected}: it is not the archive that was pinned`,
      `find out who changed it before you use it; bring a temporal of your own, then ${SETUP_COMMAND}`,
    );
  await unpack(bytes, 'temporal', join(folder, 'temporal'));
}

async function download(url: string, { signal }: Step): Promise<Buffer> {
  const connecting = new AbortController();
  const timer = setTimeout(() => connecting.abort(new Error(`no answer within ${CONNECT_MS / 1000} s`)), CONNECT_MS);
  try {
    const limits = [signal, connecting.signal, AbortSignal.timeout(LIMIT_MS)];
    const reply = await fetch(url, { signal: AbortSignal.any(limits) });
    clearTimeout(timer);
    if (!reply.ok) throw new Error(`it answers ${reply.status}`);
    return Buffer.from(await reply.arrayBuffer());
  } catch (error) {
    signal.throwIfAborted();
    const { message, cause } = error as Error;
    throw new SetupError(
      `${url} cannot be fetched: ${cause instanceof Error && cause.message ? cause.message : message}`,
      `make it reachable, then ${SETUP_COMMAND}`,
    );
  } finally {
    clearTimeout(timer);
  }
}

async function unpack(archive: Buffer, name: string, file: string): Promise<void> {
  const entries = extract();
  let found = false;
  entries.on('entry', (header, content, next) => {
    if (header.type !== 'file' || header.name !== name) return void content.resume().on('end', next);
    found = true;
    pipeline(content, createWriteStream(file, { mode: 0o755 })).then(() => next(), next);
  });
  await pipeline(Readable.from([archive]), createGunzip(), entries);
  if (!found) throw new SetupError(`the archive holds no ${name}`, `bring one of your own, then ${SETUP_COMMAND}`);
}
