/**
 * The first rows of a local data file, as the prepare job reads them (python/attune_jobs/prepare/rows.py). Of Parquet nothing but
 * that it is: `attune data` reads it.
 * @module
 */
import type { Fault, FirstLines } from './firstLines.js';
import { recordsOf, separatorOf } from './table.js';

export interface Row {
  line: number;
  cells: Record<string, unknown>;
}

export interface Rows {
  rows: Row[];
  faults: Fault[];
}

export const isTable = (name: string): boolean => /\.[ct]sv(\.gz)?$/i.test(name);

export function rowsOf(name: string, { lines, whole, fault }: FirstLines): Rows {
  const read = isTable(name) ? tableRows(name, lines, whole && fault === undefined) : objects(lines);
  return { rows: read.rows, faults: [...read.faults, ...(fault ? [fault] : [])] };
}

function tableRows(name: string, lines: readonly string[], whole: boolean): Rows {
  const { records, fault } = recordsOf(lines, separatorOf(name, lines[0] ?? ''), whole);
  const faults: Fault[] = [];
  const [first, ...others] = records;
  const header = first?.cells.map((cell) => cell.trim()) ?? [];
  const repeated = header.find((column, at) => column !== '' && header.indexOf(column) !== at);
  if (repeated !== undefined) {
    return { rows: [], faults: [{ line: first!.line, what: `two columns are named '${repeated}'` }] };
  }
  const rows = others.flatMap(({ line, cells }) => {
    if (cells.length === header.length) {
      const named = header.map((column, at) => [column, cells[at]] as const).filter(([column]) => column !== '');
      return [{ line, cells: Object.fromEntries(named) }];
    }
    faults.push({ line, what: `it has ${cells.length} cells, the first line ${header.length}` });
    return [];
  });
  return { rows, faults: [...faults, ...(fault ? [fault] : [])] };
}

function objects(lines: readonly string[]): Rows {
  const rows: Row[] = [];
  const faults: Fault[] = [];
  for (const [at, text] of lines.entries()) {
    const line = at + 1;
    if (text.trim() === '') continue;
    if (line === 1 && text.trim() === '[') {
      faults.push({ line, what: "it begins a JSON array, expected an object a line: jq -c '.[]' writes it so" });
      break;
    }
    const value = parsed(text);
    if (value === undefined) faults.push({ line, what: 'it is not JSON' });
    else if (typeof value !== 'object' || value === null || Array.isArray(value))
      faults.push({ line, what: 'it is JSON, but no object' });
    else rows.push({ line, cells: value as Record<string, unknown> });
  }
  return { rows, faults };
}

/** NaN and Infinity, which Python writes and JSON lacks, are null. */
function parsed(text: string): unknown {
  for (const line of [text, text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (at) => (at[0] === '"' ? at : 'null'))])
    try {
      return JSON.parse(line) as unknown;
    } catch {
      continue;
    }
  return undefined;
}
