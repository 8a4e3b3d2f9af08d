/**
 * The first judgements of a local file, as the prepare job reads them (python/attune_jobs/prepare/qrels.py).
 * @module
 */
import { DATA_ROWS } from '../../../spec/dataRows.js';
import { shown, wholeNumber } from './columns.js';
import type { Fault, FirstLines } from './firstLines.js';
import { recordsOf, separatorOf } from './table.js';

export interface Judged {
  line: number;
  query: string;
  document: string;
}

type Places = readonly [number, number, number];

export function judgementsIn(name: string, { lines, fault }: FirstLines): { judged: Judged[]; faults: Fault[] } {
  const judged: Judged[] = [];
  const faults: Fault[] = [];
  let places: Places | undefined;
  let separator: string | undefined;
  let width = 0;
  for (const [at, text] of lines.entries()) {
    const line = at + 1;
    if (text.trim() === '') continue;
    const first = width === 0;
    if (first)
      separator = /\.csv(\.gz)?$/i.test(name) ? separatorOf(name, text) : text.includes('\t') ? '\t' : undefined;
    const cells = cellsOf(text, separator);
    const last = cells.at(-1)!;
    if (first) {
      width = cells.length;
      if (!/^-?[0-9]+(\.[0-9]*)?$/.test(last) && !['nan', ''].includes(last.toLowerCase())) {
        places = placesIn(cells);
        if (places) continue;
        faults.push({ line, what: `its header is ${listOf(cells)}, expected query-id, corpus-id and score` });
        break;
      }
      places = width === 3 ? [0, 1, 2] : width === 4 ? [0, 2, 3] : undefined;
    }
    if (places === undefined || cells.length !== width) {
      const expected = "query-id<TAB>corpus-id<TAB>whole number, or TREC's query-id 0 corpus-id whole number";
      faults.push({ line, what: `it has ${cells.length} cells (${listOf(cells)}), expected ${expected}` });
      continue;
    }
    const [query, document, score] = places.map((place) => cells[place]!) as [string, string, string];
    if (wholeNumber(score) === undefined)
      faults.push({ line, what: `its score is ${shown(score)}, expected a whole number, such as 1` });
    else judged.push({ line, query, document });
  }
  return { judged, faults: [...faults, ...(fault ? [fault] : [])] };
}

function cellsOf(line: string, separator: string | undefined): string[] {
  const cells =
    separator === ',' || separator === ';'
      ? (recordsOf([line], separator, false).records[0]?.cells ?? [line])
      : separator === undefined
        ? line.trim().split(/\s+/)
        : line.replace(/[\r\n]+$/, '').split(separator);
  return cells.map((cell) => bare(cell.trim()));
}

const bare = (cell: string): string => (/^".*"$/s.test(cell) && cell.length > 1 ? cell.slice(1, -1).trim() : cell);

function placesIn(header: readonly string[]): Places | undefined {
  const names = header.map((cell) => cell.toLowerCase().replace(/[^a-z]/g, ''));
  const place = (known: readonly string[]): number => names.findIndex((name) => known.includes(name));
  const { query, document, score } = DATA_ROWS.qrels;
  const found = [place(query), place(document), place(score)] as const;
  return found.includes(-1) ? undefined : found;
}

const listOf = (cells: readonly string[]): string => cells.slice(0, 6).map(shown).join(', ');
