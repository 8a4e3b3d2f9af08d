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
import { Columns, type Given } from './columns.js';
import { danglingIn, type Dangling, type Naming } from './dangling.js';
import { firstLines, type Fault } from './firstLines.js';
import { judgementsIn, type Judged } from './judgements.js';
import { lookAtPair, lookAtTest } from './passages.js';
import { rowsOf } from './rows.js';

export type PreviewKind = RowKind | 'qrels';

export interface PreviewSource {
  field: string;
  kind: PreviewKind;
  path: string;
  folder: boolean;
}

export interface PreviewOptions {
  /** `data.columns` of the spec; guards have none. */
  columns?: Given;
  /** Whether a row can name passages by their ids. */
  byId?: boolean;
  /** Kinds of which a part lies in S3. */
  elsewhere?: ReadonlySet<PreviewKind>;
}

export interface Preview {
  problems: Problem[];
  /** What is taken and yet worth a word, in sentences. */
  notices: string[];
}

const MOST_FAULTS = 20;

interface Place {
  field: string;
  file: string;
  line: number;
}

/** What was read of the sources of one kind. */
interface Seen {
  files: number;
  rows: number;
  /** Whether all of it was read, and every id could be held. */
  whole: boolean;
  ids: Set<string>;
  judged: (Judged & Place)[];
  /** Passages that rows name by their ids. */
  named: ({ id: string } & Place)[];
  /** Rows that a person has not accepted. */
  notAccepted: number;
}

type Looked = Partial<Record<PreviewKind, Seen>>;

export async function previewOf(
  sources: readonly PreviewSource[],
  { columns = {}, byId = false, elsewhere = new Set() }: PreviewOptions = {},
): Promise<Preview> {
  const problems: Problem[] = [];
  const notices: string[] = [];
  const seen: Looked = {};
  for (const source of sources) {
    const { kind } = source;
    const own = (seen[kind] ??= {
      ...{ files: 0, rows: 0, notAccepted: 0, whole: !elsewhere.has(kind) },
      ...{ ids: new Set(), judged: [], named: [] },
    });
    for (const path of await filesOf(source)) {
      const roles = kind === 'qrels' ? undefined : new Columns(kind, columns, byId);
      const faults = await lookAt(source, path, roles, own, notices);
      problems.push(...faults.slice(0, MOST_FAULTS).map((fault) => asProblem(source.field, basename(path), fault)));
    }
  }
  for (const { field, kind } of sources) {
    const { files, rows, whole, notAccepted } = seen[kind]!;
    // Where there is no file, the choice of what goes to S3 says so.
    if (files === 0 || !whole || problems.length > 0) continue;
    if (rows === 0)
      problems.push(problem(field, 'no row', 'rows that the prepare job can read', 'name files that hold some'));
    else if (rows === notAccepted) problems.push(noneAccepted(field, rows));
  }
  if (problems.length > 0) return { problems, notices };
  const found = dangling(seen);
  const told = found.flatMap(({ faults }) => faults).map((one) => asProblem(one.field, one.file, one.fault));
  return { problems: told, notices: [...notices, ...found.flatMap((one) => one.notices)] };
}

const noneAccepted = (field: string, rows: number): Problem =>
  problem(
    field,
    `none of ${rows} rows is accepted`,
    'at least one row that a person has accepted',
    'Write true (or yes, 1, x) under "accepted" where a person would ask so; or take that column away, if all of them do',
  );

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
  columns: Columns | undefined,
  seen: Seen,
  notices: string[],
): Promise<Fault[]> {
  const file = basename(path);
  seen.files += 1;
  if (/\.parquet$/i.test(file)) {
    seen.whole = false;
    return [];
  }
  const first = await firstLines(path);
  seen.whole &&= first.whole;
  if (kind === 'qrels' || columns === undefined) {
    const { judged, faults } = judgementsIn(file, first);
    seen.judged.push(...judged.map((one) => ({ ...one, file, field })));
    seen.rows += judged.length;
    return faults;
  }
  const { rows, faults } = rowsOf(file, first);
  seen.rows += rows.length;
  for (const { line, cells } of rows) {
    const tell = (what: string): void => void faults.push({ line, what });
    columns.lookAt(cells);
    if (kind === 'corpus' || kind === 'queries') {
      faultsOfEntry(columns, cells, kind, seen, tell);
      continue;
    }
    const ids = (kind === 'pairs' ? lookAtPair : lookAtTest)(columns, cells, tell);
    if (ids === undefined) seen.notAccepted += 1;
    for (const id of ids ?? []) {
      if (id === null) seen.whole = false;
      else seen.named.push({ id, field, file, line });
    }
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

/** Of each file by itself; of test questions in all. */
function dangling({ qrels, queries, corpus, pairs, test }: Looked): Dangling[] {
  if (!corpus?.whole) return [];
  const unknown = ({ id, ...place }: Seen['named'][number]): Naming => ({
    ...place,
    missing: corpus.ids.has(id) ? undefined : `its document_id '${id.slice(0, 40)}' is not in corpus`,
  });
  const found: Dangling[] = [];
  if (qrels?.whole && queries?.whole) {
    const judged = qrels.judged.map(({ query, document, ...place }): Naming => {
      const [what, id, where, known] = queries.ids.has(query)
        ? ['corpus-id', document, 'corpus', corpus.ids]
        : ['query-id', query, 'queries', queries.ids];
      return { ...place, missing: known.has(id) ? undefined : `its ${what} '${id.slice(0, 40)}' is not in ${where}` };
    });
    found.push(...byFile(judged).map((own) => danglingIn(own, 'judgements')));
  }
  if (pairs?.whole) found.push(...byFile(pairs.named.map(unknown)).map((own) => danglingIn(own, 'rows')));
  if (test?.whole) found.push(danglingIn(test.named.map(unknown), 'rows', DATA_ROWS.missingShare));
  return found;
}

const byFile = (namings: readonly Naming[]): Naming[][] =>
  [...new Set(namings.map(({ file }) => file))].map((file) => namings.filter((one) => one.file === file));

const asProblem = (field: string, file: string, { line, what }: Fault): Problem =>
  problem(field, `${file}:${line}`, 'what the prepare job can read', `${file}:${line}: ${what}`);
