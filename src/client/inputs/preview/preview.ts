/**
 * A look at the first 1,000 rows of the local data files of a spec: what the prepare job would refuse in them is refused before
 * anything is uploaded, and what it takes is taken. A test runs the two over the same files.
 *
 * A spec may come from a stranger and name any file of this machine: only files that are called like data are opened, and of
 * what they hold an error quotes keys, ids, scores and other short cells, never a line.
 * @module
 */
import { readdir, realpath } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { DATA_ROWS, type RowKind } from '../../../spec/dataRows.js';
import { problem, type Problem } from '../../../spec/problem.js';
import { Columns, faultsOfPair, type Given } from './columns.js';
import { firstLines, type Fault } from './firstLines.js';
import { judgementsIn, type Judged } from './judgements.js';
import { rowsOf } from './rows.js';

export type PreviewKind = RowKind | 'qrels';

export interface PreviewSource {
  field: string;
  kind: PreviewKind;
  path: string;
  folder: boolean;
}

export interface Preview {
  problems: Problem[];
  /** What is taken and yet worth a word, in sentences. */
  notices: string[];
}

const MOST_FAULTS = 20;

/** What was read of the sources of one kind. */
interface Seen {
  files: number;
  rows: number;
  /** Whether all of it was read, and every id could be held. */
  whole: boolean;
  ids: Set<string>;
  judged: (Judged & { file: string; field: string })[];
}

/** @param columns  `data.columns` of the spec; guards have none */
export async function previewOf(sources: readonly PreviewSource[], columns: Given = {}): Promise<Preview> {
  const problems: Problem[] = [];
  const notices: string[] = [];
  const seen: Partial<Record<PreviewKind, Seen>> = {};
  for (const source of sources) {
    const own = (seen[source.kind] ??= { files: 0, rows: 0, whole: true, ids: new Set(), judged: [] });
    for (const path of await filesOf(source)) {
      const faults = await lookAt(source, path, columns, own, notices);
      problems.push(...faults.slice(0, MOST_FAULTS).map((fault) => asProblem(source.field, basename(path), fault)));
    }
  }
  for (const { field, kind } of sources) {
    const { files, rows, whole } = seen[kind]!;
    // Where there is no file, the choice of what goes to S3 says so.
    if (files > 0 && whole && rows === 0 && problems.length === 0)
      problems.push(problem(field, 'no row', 'rows that the prepare job can read', 'name files that hold some'));
  }
  return problems.length > 0 ? { problems, notices } : dangling(seen, notices);
}

/** Those of a folder that jobs read, by name; hidden ones stay behind when a folder is uploaded. */
async function filesOf({ kind, path, folder }: PreviewSource): Promise<string[]> {
  const suffixes = kind === 'qrels' ? DATA_ROWS.qrelsSuffixes : DATA_ROWS.suffixes;
  const isData = (name: string): boolean => suffixes.some((suffix) => name.toLowerCase().endsWith(suffix));
  if (!folder) return isData(path) && isData(await realpath(path)) ? [path] : [];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && isData(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => !/(^|[/\\])(\.|node_modules[/\\])/.test(relative(path, file)))
    .sort();
}

async function lookAt(
  { field, kind }: PreviewSource,
  path: string,
  given: Given,
  seen: Seen,
  notices: string[],
): Promise<Fault[]> {
  const name = basename(path);
  seen.files += 1;
  if (/\.parquet$/i.test(name)) {
    seen.whole = false;
    return [];
  }
  const first = await firstLines(path);
  seen.whole &&= first.whole;
  if (kind === 'qrels') {
    const { judged, faults } = judgementsIn(name, first);
    seen.judged.push(...judged.map((one) => ({ ...one, file: name, field })));
    seen.rows += judged.length;
    return faults;
  }
  const { rows, faults } = rowsOf(name, first);
  const columns = new Columns(kind, given);
  seen.rows += rows.length;
  for (const { line, cells } of rows) {
    const tell = (what: string): void => void faults.push({ line, what });
    columns.lookAt(cells);
    if (kind === 'pairs') faultsOfPair(columns, cells, tell);
    else faultsOfEntry(columns, cells, kind, seen, tell);
  }
  notices.push(...columns.notes(field, rows.length));
  return faults;
}

function faultsOfEntry(
  columns: Columns,
  cells: Readonly<Record<string, unknown>>,
  kind: 'corpus' | 'queries',
  seen: Seen,
  tell: (what: string) => void,
): void {
  const own = columns.id(cells, tell);
  columns.text(cells, 'text', tell);
  columns.text(cells, kind === 'corpus' ? 'title' : 'group', tell, true);
  if (own === null) seen.whole = false;
  else if (own !== undefined && seen.ids.has(own)) tell(`its id '${own.slice(0, 40)}' stands on an earlier line too`);
  else if (own !== undefined) seen.ids.add(own);
}

/** Judgements of questions and passages that are not there: a few are left out by the job, more are refused. */
function dangling({ qrels, queries, corpus }: Partial<Record<PreviewKind, Seen>>, notices: string[]): Preview {
  if (!qrels?.whole || !queries?.whole || !corpus?.whole) return { problems: [], notices };
  const problems: Problem[] = [];
  for (const file of new Set(qrels.judged.map((one) => one.file))) {
    const judged = qrels.judged.filter((one) => one.file === file);
    const lost = judged.filter(({ query, document }) => !queries.ids.has(query) || !corpus.ids.has(document));
    if (lost.length > DATA_ROWS.danglingShare * judged.length) {
      const faults = lost.slice(0, MOST_FAULTS).map(({ field, line, query, document }) => {
        const [what, id, place] = queries.ids.has(query)
          ? ['corpus-id', document, 'corpus']
          : ['query-id', query, 'queries'];
        return asProblem(field, file, { line, what: `its ${what} '${id.slice(0, 40)}' is not in ${place}` });
      });
      problems.push(...faults);
    } else if (lost.length > 0) {
      notices.push(
        `${lost[0]!.field}: ${lost.length} of ${judged.length} judgements in ${file} name a question or a passage that is not there, and are left out`,
      );
    }
  }
  return { problems, notices };
}

const asProblem = (field: string, file: string, { line, what }: Fault): Problem =>
  problem(field, `${file}:${line}`, 'what the prepare job can read', `${file}:${line}: ${what}`);
