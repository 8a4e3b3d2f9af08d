/**
 * Small files that a spec is, or names: regular ones only, no more of them than is asked for, and read as YAML or JSON without
 * a word of their content in an error: a spec may come from a stranger, and name any file of this machine.
 * @module
 */
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { isScalar, LineCounter, parseDocument, visit, type Document, type YAMLError } from 'yaml';

/**
 * The first bytes of a regular file as text.
 *
 * @returns undefined where there are more bytes than that
 * @throws Error with a code: ENOENT, EISDIR, EACCES, …; ENOTREG for a device, a pipe, a socket
 */
export async function readSmall(path: string, mostBytes: number): Promise<string | undefined> {
  // Before it is opened: to open a pipe waits for its other end.
  await requireRegular(path);
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes + 1), 0, mostBytes + 1, 0);
    return bytesRead > mostBytes ? undefined : buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function requireRegular(path: string): Promise<void> {
  const found = await stat(path);
  if (found.isFile()) return;
  const code = found.isDirectory() ? 'EISDIR' : 'ENOTREG';
  throw Object.assign(new Error(`${code}: ${path}`), { code });
}

export type Yaml = { value: unknown } | { faults: { line: number; why: string }[] };

/** Reads YAML or JSON. Faults are told by line and kind; aliases without end and nesting without end are such. */
export function parseYaml(text: string): Yaml {
  try {
    return parsed(text);
  } catch (error) {
    const isDeep = error instanceof RangeError;
    const why = isDeep ? 'it is nested too deeply' : 'its aliases name no anchor, or expand to too much';
    return { faults: [{ line: 1, why }] };
  }
}

/** @throws RangeError, ReferenceError as the parser does */
function parsed(text: string): Yaml {
  const lines = new LineCounter();
  // The parser's own look for repeated keys compares each with each: 8 s for a file of 128 KiB.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'error' } as const;
  const document = parseDocument(text, options);
  if (document.errors.length > 0) {
    return { faults: document.errors.map((error) => ({ line: lines.linePos(error.pos[0]).line, why: kindOf(error) })) };
  }
  const repeated = repeatedKeyIn(document);
  if (repeated !== undefined)
    return { faults: [{ line: lines.linePos(repeated).line, why: 'Map keys must be unique' }] };
  return { value: document.toJS() as unknown };
}

/** The parser's own words without what it quotes. */
const kindOf = ({ message }: YAMLError): string => message.replace(/[:;]\s.*$/s, '').replace(/(["'`]).*?\1/gs, '…');

/** @returns the offset of the first key that its mapping has already */
function repeatedKeyIn(document: Document): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          offset = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return offset;
}
