/**
 * The first lines of a local data file, read as the prepare job reads them (python/attune_jobs/prepare/lines.py): UTF-8 with or
 * without its mark, UTF-16 with one, gzipped or not, whatever the file is called.
 * @module
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A fault of the file, at a line. */
export interface Fault {
  line: number;
  what: string;
}

export interface FirstLines {
  /** With their line breaks. */
  lines: string[];
  /** Whether they are all that there is. */
  whole: boolean;
  /** What ends the reading. */
  fault?: Fault;
}

export const MOST_LINES = 1000;
const MOST_BYTES = 16_000_000;

const OTHER_FILES: readonly [string, string][] = [
  ['version https://git-lfs', 'it is a Git LFS pointer in the place of the data: run `git lfs pull`'],
  ['PK\x03\x04', 'it is a ZIP archive, as .xlsx is one: save the sheet as CSV, or unpack it'],
  ['PAR1', 'it is Parquet: give it a name that ends in .parquet'],
];

/** @throws Error with a code where the file cannot be opened */
export async function firstLines(path: string): Promise<FirstLines> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return decoded(await firstBytes(path, file));
  } finally {
    await file.close();
  }
}

interface FirstBytes {
  bytes: Buffer;
  whole: boolean;
  broken?: string;
}

async function firstBytes(path: string, file: FileHandle): Promise<FirstBytes> {
  const start = Buffer.alloc(2);
  const { bytesRead } = await file.read(start, 0, 2, 0);
  const packed = (bytesRead === 2 && start[0] === 0x1f && start[1] === 0x8b) || /\.gz$/i.test(path);
  const raw = file.createReadStream({ start: 0, autoClose: false });
  const stream: Readable = packed ? raw.pipe(createGunzip()) : raw;
  const chunks: Buffer[] = [];
  let breaks = 0;
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      for (const byte of chunk) if (byte === 0x0a) breaks += 1;
      if (breaks > MOST_LINES || bytes >= MOST_BYTES) return { bytes: Buffer.concat(chunks), whole: false };
    }
  } catch (error) {
    return { bytes: Buffer.concat(chunks), whole: false, broken: (error as Error).message };
  } finally {
    raw.destroy();
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}

function decoded({ bytes, whole, broken }: FirstBytes): FirstLines {
  const start = bytes.subarray(0, 64).toString('latin1');
  const other = OTHER_FILES.find(([mark]) => start.startsWith(mark))?.[1];
  if (other) return { lines: [], whole, fault: { line: 1, what: other } };
  const utf16 = start.startsWith('\xff\xfe') ? 'utf-16le' : start.startsWith('\xfe\xff') ? 'utf-16be' : undefined;
  if (utf16 === undefined && start.includes('\0')) {
    const what =
      'it is not text: it holds zero bytes. UTF-16 needs a mark (a BOM) at its start; better save it as UTF-8';
    return { lines: [], whole, fault: { line: 1, what } };
  }
  const read = utf16 ? linesOfUtf16(bytes, utf16, whole) : linesOfUtf8(bytes, whole);
  if (read.fault || broken === undefined) return read;
  return { ...read, fault: { line: read.lines.length + 1, what: `the gzip stream is broken (${broken})` } };
}

function linesOfUtf16(bytes: Buffer, encoding: string, whole: boolean): FirstLines {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: !whole });
    return cut(text.match(/[^\n]*\n|[^\n]+$/g) ?? [], whole);
  } catch {
    return { lines: [], whole, fault: { line: 1, what: 'it is not UTF-16, which its first bytes say that it is' } };
  }
}

function linesOfUtf8(bytes: Buffer, whole: boolean): FirstLines {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const lines: string[] = [];
  for (let from = 0; from < bytes.length && lines.length <= MOST_LINES;) {
    const end = bytes.indexOf(0x0a, from);
    if (end === -1 && !whole) break;
    const line = bytes.subarray(from, end === -1 ? bytes.length : end + 1);
    from += line.length;
    try {
      lines.push(lines.length === 0 ? utf8.decode(line).replace(/^\uFEFF/, '') : utf8.decode(line));
    } catch {
      return { lines, whole, fault: { line: lines.length + 1, what: notUtf8(line) } };
    }
  }
  return cut(lines, whole);
}

const cut = (lines: string[], whole: boolean): FirstLines => ({
  lines: lines.slice(0, MOST_LINES),
  whole: whole && lines.length <= MOST_LINES,
});

function notUtf8(line: Buffer): string {
  const text = new TextDecoder('utf-8').decode(line);
  const at = Buffer.byteLength(text.slice(0, text.indexOf('\uFFFD')));
  const near = new TextDecoder('windows-1252').decode(line.subarray(Math.max(0, at - 10), at + 10)).trim();
  return `byte ${at + 1} of the line is not UTF-8; read as Windows-1252 it says '${near}' there. Save the file as UTF-8`;
}
