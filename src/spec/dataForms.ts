/**
 * The forms in which data may come. Schema, rules, the client's look at local files and what the jobs read derive from this table.
 * @module
 */
import { DATA_ROWS } from './dataRows.js';
import { DOCUMENT_SUFFIXES } from './documentFiles.js';

/** What a source is, how its files' names end in any case (what else a folder holds is no data), and the keys that each row needs. */
export interface SourceShape {
  is: 'file' | 'folder' | 'either';
  suffixes: readonly string[];
  keys?: readonly string[];
}

const rows = <const K extends readonly string[]>(...keys: K) =>
  ({ is: 'either', suffixes: DATA_ROWS.suffixes, keys }) as const;

/** Form → its sources, which come together: one form a spec. */
export const DATA_FORMS = {
  pairs: { pairs: rows('query', 'document') },
  beir: {
    corpus: rows('_id', 'text'),
    queries: rows('_id', 'text'),
    qrels: { is: 'either', suffixes: DATA_ROWS.qrelsSuffixes },
  },
  documents: { documents: { is: 'folder', suffixes: DOCUMENT_SUFFIXES } },
} as const satisfies Record<string, Record<string, SourceShape>>;

export type DataForm = keyof typeof DATA_FORMS;
export type DataField = { [F in DataForm]: keyof (typeof DATA_FORMS)[F] }[DataForm];

/** Form and sources by name. */
export const dataForms = Object.entries(DATA_FORMS).map(([form, sources]) => ({
  form: form as DataForm,
  fields: Object.keys(sources) as DataField[],
}));

export const DATA_FIELDS: readonly DataField[] = dataForms.flatMap(({ fields }) => fields);

export const DATA_SHAPES = Object.assign({}, ...Object.values(DATA_FORMS)) as Readonly<Record<DataField, SourceShape>>;

/** "corpus, queries and qrels" */
export const together = (fields: readonly string[]): string =>
  fields.length === 1 ? fields[0]! : `${fields.slice(0, -1).join(', ')} and ${fields.at(-1)!}`;

/** "exactly one form: pairs; or corpus, queries and qrels; or documents" */
export const ONE_FORM = `exactly one form: ${dataForms.map(({ fields }) => together(fields)).join('; or ')}`;
