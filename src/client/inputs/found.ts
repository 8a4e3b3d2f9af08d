/**
 * What of a folder could be a spec's data: what `attune init` offers.
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { DATA_ROWS } from '../../spec/dataRows.js';
import { whyNoDocument } from '../../spec/documentFiles.js';
import { firstLines } from './preview/firstLines.js';
import { rowsOf } from './preview/rows.js';

export interface FoundData {
  /** As `data` of a spec has it; paths from the folder that the spec will lie in. */
  data: Record<string, string | Record<string, string>>;
  /** "faq.csv: rows of question and answer" */
  words: string;
  /** Whether somebody has said already which questions are the test's. */
  hasTest: boolean;
}

/** Looked at in a folder: more than that is no folder that somebody keeps by hand. */
const MOST_ENTRIES = 2_000;
/** Folders that are looked into below the first. */
const DEEPEST = 3;
const PAIRS = DATA_ROWS.columns.pairs;

/**
 * What a person names: a file of rows, a folder in BEIR's layout or of files of rows, a folder of documents.
 *
 * @param from  the folder that paths are told from
 * @throws Error with a code where the path is not there
 */
export async function dataAt(path: string, from: string): Promise<FoundData[]> {
  if (!(await stat(path)).isDirectory()) return rowsIn(path, from);
  const judged = await judgedIn(path, from);
  if (judged.length > 0) return judged;
  return [...(await rowsBelow(path, from)), ...(await documentsIn(path, from))];
}

/** What lies in a folder and in those below it, the likeliest first: judged sets, files of rows, documents. */
export async function dataBeside(folder: string): Promise<FoundData[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries
    .filter(({ name }) => whyNoDocument(`${name}/page.md`) === undefined)
    .flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []));
  const inEach = async (look: (below: string, from: string) => Promise<FoundData[]>): Promise<FoundData[]> =>
    (await Promise.all(folders.map((below) => look(below, folder).catch(noneWhereClosed)))).flat();
  const judged = [...(await judgedIn(folder, folder)), ...(await inEach(judgedIn))];
  // A README beside the data is no documentation.
  return [...judged, ...(judged.length > 0 ? [] : await rowsBelow(folder, folder)), ...(await inEach(documentsIn))];
}

/** A folder in BEIR's layout. */
async function judgedIn(folder: string, from: string): Promise<FoundData[]> {
  const names = (await readdir(folder, { withFileTypes: true })).map((entry) => entry.name);
  const part = (stem: string) =>
    names.find((name) => DATA_ROWS.suffixes.some((suffix) => name.toLowerCase() === `${stem}${suffix}`));
  const [corpus, queries] = [part('corpus'), part('queries')];
  const qrels = names.find((name) => name === 'qrels');
  if (!corpus || !queries || !qrels) return [];
  const place = (name: string) => told(join(folder, name), from);
  const judged = await readdir(join(folder, qrels));
  return [
    {
      data: { corpus: place(corpus), queries: place(queries), qrels: `${place(qrels)}/` },
      words: `${told(folder, from)}/: corpus, queries and judgements`,
      hasTest: judged.some((name) => name.startsWith('test.')),
    },
  ];
}

/** A file whose rows have a question and a passage, under usual names or under those that are taken for them often. */
async function rowsIn(file: string, from: string): Promise<FoundData[]> {
  const name = basename(file);
  if (!DATA_ROWS.suffixes.some((suffix) => name.toLowerCase().endsWith(suffix))) return [];
  const path = told(file, from);
  // Its columns are read by the job alone.
  if (name.toLowerCase().endsWith('.parquet'))
    return [{ data: { pairs: path }, words: `${path}: Parquet`, hasTest: false }];
  const row = rowsOf(name, await firstLines(file)).rows[0]?.cells;
  if (!row) return [];
  const column = (role: 'query' | 'document') =>
    [...PAIRS[role], ...DATA_ROWS.hints[role]].find((one) => typeof row[one] === 'string' && row[one] !== '');
  const [query, document] = [column('query'), column('document')];
  if (!query || !document) return [];
  const isUsual = isOneOf(PAIRS.query, query) && isOneOf(PAIRS.document, document);
  return [
    {
      data: { pairs: path, ...(isUsual ? {} : { columns: { query, document } }) },
      words: `${path}: rows of "${query}" and "${document}"`,
      hasTest: false,
    },
  ];
}

async function rowsBelow(folder: string, from: string): Promise<FoundData[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).slice(0, MOST_ENTRIES);
  return (await Promise.all(files.map(({ name }) => rowsIn(join(folder, name), from).catch(noneWhereClosed)))).flat();
}

async function documentsIn(folder: string, from: string): Promise<FoundData[]> {
  const found = await documentsBelow(folder, folder, DEEPEST);
  if (found === 0) return [];
  const many = found === 1 ? '1 document' : `${found < MOST_ENTRIES ? found : `${MOST_ENTRIES} or more`} documents`;
  return [{ data: { documents: `${told(folder, from)}/` }, words: `${told(folder, from)}/: ${many}`, hasTest: false }];
}

async function documentsBelow(folder: string, root: string, deeper: number): Promise<number> {
  let found = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (found >= MOST_ENTRIES) break;
    const path = join(folder, entry.name);
    const name = relative(root, path).split(sep).join('/');
    if (entry.isFile() && whyNoDocument(name) === undefined) found += 1;
    else if (entry.isDirectory() && deeper > 0 && whyNoDocument(`${name}/page.md`) === undefined)
      found += await documentsBelow(path, root, deeper - 1);
  }
  return Math.min(found, MOST_ENTRIES);
}

/** What somebody may not read is not theirs to fit a model to. */
function noneWhereClosed(error: NodeJS.ErrnoException): FoundData[] {
  if (error.code === 'EACCES' || error.code === 'EPERM') return [];
  throw error;
}

const isOneOf = (names: readonly string[], name: string): boolean => names.includes(name);

/** "./faq.csv": a path that a spec takes for one of this machine. */
function told(path: string, from: string): string {
  const below = relative(from, path).split(sep).join('/');
  return below === '' ? '.' : below.startsWith('../') ? below : `./${below}`;
}
