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
  /** The form is one without it too. */
  optional?: true;
}

const rows = <const K extends readonly string[]>(...keys: K) =>
  ({ is: 'either', suffixes: DATA_ROWS.suffixes, keys }) as const;

const corpus = rows('_id', 'text');
/** Test questions of one's own. */
const test = { ...rows('query'), optional: true } as const;

/** Form → its sources, which come together: one form a spec. */
export const DATA_FORMS = {
  pairs: { pairs: rows('query', 'document'), corpus: { ...corpus, optional: true }, test },
  beir: {
    corpus,
    queries: rows('_id', 'text'),
    qrels: { is: 'either', suffixes: DATA_ROWS.qrelsSuffixes },
    test,
  },
  documents: { documents: { is: 'folder', suffixes: DOCUMENT_SUFFIXES }, test },
} as const satisfies Record<string, Record<string, SourceShape>>;

export type DataForm = keyof typeof DATA_FORMS;
/** A key of `data` that names a source. */
export type DataField = { [F in DataForm]: keyof (typeof DATA_FORMS)[F] }[DataForm];

/** Form, the sources that make it, and those that it may have too. */
export const dataForms = Object.entries(DATA_FORMS).map(([form, sources]) => {
  const entries = Object.entries(sources) as [DataField, SourceShape][];
  const named = (optional: boolean) => entries.filter(([, one]) => !!one.optional === optional).map(([field]) => field);
  return { form: form as DataForm, fields: named(false), beside: named(true) };
});

/** What makes a form stands before what it may have too. */
export const DATA_FIELDS: readonly DataField[] = [
  ...new Set([...dataForms.flatMap(({ fields }) => fields), ...dataForms.flatMap(({ beside }) => beside)]),
];

/** Whether a row of the data can name passages by their ids. */
export const hasIds = (data: Partial<Record<DataField, unknown>>): boolean =>
  data.pairs === undefined || data.corpus !== undefined;

/** Beside a form: real questions that show a language model how people ask. */
const EXAMPLES = { is: 'file', suffixes: ['.txt'] } as const satisfies SourceShape;
export type DataName = DataField | 'examples';

export const DATA_SHAPES = Object.assign({ examples: EXAMPLES }, ...Object.values(DATA_FORMS)) as Readonly<
  Record<DataName, SourceShape>
>;

/** "corpus, queries and qrels" */
export const together = (fields: readonly string[]): string =>
  fields.length === 1 ? fields[0]! : `${fields.slice(0, -1).join(', ')} and ${fields.at(-1)!}`;

/** "exactly one form: pairs; or corpus, queries and qrels; or documents" */
export const ONE_FORM = `exactly one form: ${dataForms.map(({ fields }) => together(fields)).join('; or ')}`;
