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

export type Yaml = ({ value: unknown } & Written) | { faults: { line: number; column: number; why: string }[] };

/** As it stands in the file, for whoever looks for the place of something. */
export interface Written {
  document: Document;
  lines: LineCounter;
}

/** Reads YAML or JSON. Faults are told by line and kind; aliases without end and nesting without end are such. */
export function parseYaml(text: string): Yaml {
  try {
    return parsed(text);
  } catch (error) {
    const isDeep = error instanceof RangeError;
    const why = isDeep ? 'it is nested too deeply' : 'its aliases name no anchor, or expand to too much';
    return { faults: [{ line: 1, column: 1, why }] };
  }
}

/** @throws RangeError, ReferenceError as the parser does */
function parsed(text: string): Yaml {
  const lines = new LineCounter();
  // The parser's own look for repeated keys compares each with each: 8 s for a file of 128 KiB.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'error' } as const;
  const document = parseDocument(text, options);
  if (document.errors.length > 0) {
    return { faults: document.errors.map((error) => ({ ...at(lines, error.pos[0]), why: kindOf(error) })) };
  }
  const repeated = repeatedKeyIn(document);
  if (repeated !== undefined) return { faults: [{ ...at(lines, repeated), why: 'the key stands there twice' }] };
  return { value: document.toJS() as unknown, document, lines };
}

function at(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** The faults that people make, in their words. */
const WORDS: Partial<Record<YAMLError['code'], string>> = {
  BLOCK_AS_IMPLICIT_KEY:
    'a key is indented deeper than the keys beside it, or a value with a colon stands without quotes',
  MULTILINE_IMPLICIT_KEY: 'a line has no colon where a key needs one',
  MISSING_CHAR: 'a quote, a bracket or a colon is missing',
  BAD_INDENT: 'the indentation fits none of the lines above',
  TAB_AS_INDENT: 'tabs are not allowed as indentation: write blanks',
};

/** In words of ours, else the parser's own without what it quotes. */
const kindOf = ({ code, message }: YAMLError): string =>
  WORDS[code] ?? message.replace(/[:;]\s.*$/s, '').replace(/(["'`]).*?\1/gs, '…');

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
