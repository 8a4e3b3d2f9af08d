/**
 * Files as people have them, read by the client's preview and by the prepare job: the two agree on what is taken, on what is
 * refused and at which line, and on the keys that nothing reads.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSpec } from '../../src/client/inputs/specFile.js';
import { findTool } from '../../src/dev/toolchain/findTool.js';

interface Case {
  /** Path below the job's inputs → content. */
  files: Record<string, string | Buffer>;
  columns?: Record<string, string | string[]>;
  /** Undefined: taken. Else where the first fault is told, or what is told of it, by both. */
  refused?: string;
  unread?: string[];
}

const N = [...Array(260).keys()];
const lines = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const utf16 = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
const cp1252 = (text: string): Buffer => Buffer.from(text, 'latin1');

const GOOD = N.map((n) => ({ query: `Größe of ${n}`, document: `Über number ${n}.` }));
const pairs = (file: string, content: string | Buffer, more: Omit<Case, 'files'> = {}): Case => ({
  files: { [`pairs/${file}`]: content },
  ...more,
});

const HEADER = 'query-id\tcorpus-id\tscore\n';
const judgedBy = (row: (n: number) => string): string => N.map((n) => `${row(n)}\n`).join('');
const GOOD_QRELS = HEADER + judgedBy((n) => `${1000 + n}\t${n}\t1`);

interface Beir {
  id?: (n: number) => unknown;
  key?: string;
  title?: string | null;
  name?: string;
  mark?: string;
}
function beir(
  qrels: string | Buffer,
  { id = String, key = '_id', title = '', name = 'train.tsv', mark = '' }: Beir = {},
  more: Omit<Case, 'files'> = {},
): Case {
  const corpus = mark + lines(N.map((n) => ({ [key]: id(n), title, text: `On ${n}.` })));
  const queries = mark + lines(N.map((n) => ({ [key]: id(1000 + n), text: `who has ${n}` })));
  return {
    files: { 'corpus/corpus.jsonl': corpus, 'queries/queries.jsonl': queries, [`qrels/${name}`]: qrels },
    ...more,
  };
}

const withTest = (file: string, content: string, more: Omit<Case, 'files'> = {}): Case => ({
  files: { 'pairs/pairs.jsonl': lines(GOOD), [`test/${file}`]: content },
  ...more,
});

function beirWithTest(rows: object[], more: Omit<Case, 'files'> = {}): Case {
  const { files } = beir(GOOD_QRELS);
  return { files: { ...files, 'test/test.jsonl': lines(rows) }, ...more };
}

const pairsOf = (rows: object[], more: Omit<Case, 'files'> = {}): Case => ({
  files: {
    'pairs/pairs.jsonl': lines(rows),
    'corpus/corpus.jsonl': lines(N.map((n) => ({ _id: String(n), text: `On ${n}.` }))),
  },
  ...more,
});

const csv = (separator: string, end = '\n'): string =>
  [['query', 'document', 'group'], ...N.map((n) => [`"say ""${n}"""`, `"two\nlines, of ${n}"`, String(n)])]
    .map((cells) => cells.join(separator) + end)
    .join('');

const CASES: Record<string, Case> = {
  // Encodings
  'UTF-8': pairs('p.jsonl', lines(GOOD)),
  'UTF-8 with mark and CRLF': pairs('p.jsonl', `\uFEFF${lines(GOOD).replaceAll('\n', '\r\n')}`),
  'UTF-16 with mark': pairs('p.jsonl', utf16(lines(GOOD))),
  'UTF-16 big endian': pairs('p.jsonl', utf16(lines(GOOD)).swap16()),
  'UTF-16 without mark': pairs('p.jsonl', Buffer.from(lines(GOOD), 'utf16le'), { refused: 'p.jsonl:1' }),
  'Windows-1252': pairs('p.jsonl', cp1252(lines(GOOD)), { refused: 'Windows-1252' }),
  'a stray byte in line 3': pairs(
    'p.jsonl',
    Buffer.concat([Buffer.from(lines(GOOD.slice(0, 2))), Buffer.from([0xff, 10])]),
    {
      refused: 'p.jsonl:3',
    },
  ),
  gzipped: pairs('p.jsonl.gz', gzipSync(lines(GOOD))),
  'gzipped without .gz': pairs('p.jsonl', gzipSync(lines(GOOD))),
  'no gzip in .gz': pairs('p.jsonl.gz', 'none at all\n', { refused: 'p.jsonl.gz:1' }),
  'a Git LFS pointer': pairs('p.jsonl', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n', {
    refused: 'git lfs pull',
  }),
  'a JSON array': pairs('p.json', JSON.stringify(GOOD, null, 1), { refused: 'JSON array' }),
  'blank lines': pairs('p.jsonl', `\n${lines(GOOD)}\n  \n`),
  // Peers' formats
  FlagEmbedding: pairs(
    'p.jsonl',
    lines(GOOD.map((r) => ({ query: r.query, pos: [r.document, 'also'], neg: ['no'], prompt: 'p' }))),
    {
      unread: ['prompt'],
    },
  ),
  triplets: pairs(
    'p.jsonl',
    lines(GOOD.map((r) => ({ anchor: r.query, positive: r.document, negative: 'no', negative_1: 'n' }))),
  ),
  nested: pairs('p.jsonl', lines(GOOD.map((r) => ({ set: r }))), { refused: 'p.jsonl:1' }),
  'a misspelt key': pairs('p.jsonl', lines(GOOD.map((r) => ({ ...r, groups: 'g' }))), { unread: ['groups'] }),
  'a misspelt key that is needed': pairs('p.jsonl', lines(GOOD.map((r) => ({ querry: r.query, document: 'd' }))), {
    refused: 'querry',
  }),
  'a number as group': pairs('p.jsonl', lines(GOOD.map((r, n) => ({ ...r, group: n })))),
  'a number as question': pairs('p.jsonl', lines([...GOOD, { query: 7, document: 'd' }]), {
    refused: 'p.jsonl:261',
  }),
  'NaN as title': pairs('p.jsonl', lines(GOOD) + '{"query": "NaN \\"x", "document": "d", "title": NaN}\n'),
  labels: pairs('p.jsonl', lines(GOOD.map((r, n) => ({ ...r, label: n % 2 })))),
  'labels as true and 1.0': pairs('p.jsonl', lines(GOOD.map((r, n) => ({ ...r, label: n % 2 ? true : 1.0 })))),
  'a score that is a similarity': pairs('p.jsonl', lines(GOOD.map((r) => ({ ...r, score: 0.87 }))), {
    refused: '0.87',
  }),
  'a similarity that nobody reads': pairs('p.jsonl', lines(GOOD.map((r) => ({ ...r, score: 0.87 }))), {
    columns: { score: [] },
    unread: ['score'],
  }),
  clicks: pairs('p.jsonl', lines(N.map((n) => ({ query: `q${n}`, shown: ['a', 'b', `c${n}`], clicked: [`c${n}`] })))),
  'a click on what was not shown': pairs('p.jsonl', lines([{ query: 'q', shown: ['a'], clicked: ['zebra'] }]), {
    refused: 'zebra',
  }),
  'negatives that are no texts': pairs('p.jsonl', lines([{ query: 'q', document: 'd', negatives: [3] }]), {
    refused: 'p.jsonl:1',
  }),
  'Spark parts': {
    files: { 'pairs/part-0.json': lines(GOOD), 'pairs/part-1.json': lines(GOOD), 'pairs/_SUCCESS': '' },
  },
  // Tables
  CSV: pairs('p.csv', csv(',')),
  'CSV with semicolons, mark and CRLF': pairs('p.csv', `\uFEFF${csv(';', '\r\n')}`),
  TSV: pairs('p.tsv', csv('\t')),
  'TSV in UTF-16': pairs('p.tsv', utf16(csv('\t'))),
  'CSV with other columns': pairs('p.csv', 'id,question,passage,label\n1,q,d,1\n', {
    refused: 'columns: {query: question}',
  }),
  'CSV with other columns, named': pairs('p.csv', 'id,question,passage,label\n1,q,d,1\n', {
    columns: { query: 'question', document: 'passage' },
    unread: ['id'],
  }),
  'CSV without header': pairs('p.csv', 'who?,nobody\nwhere?,here\n', { refused: 'p.csv:2' }),
  'a header and no row': pairs('p.csv', 'query,document\n', { refused: '' }),
  'an empty file': pairs('p.jsonl', '', { refused: '' }),
  'CSV with a cell too many': pairs('p.csv', 'query,document\nq,d\nq,d,e\n', { refused: 'p.csv:3' }),
  'CSV with a quote that goes on': pairs('p.csv', 'query,document\nq,"d" e\n', { refused: 'p.csv:2' }),
  'CSV with an open quote': pairs('p.csv', 'query,document\nq,d\nq,"d e\nf\n', { refused: 'p.csv:3' }),
  'CSV with a quote inside': pairs('p.csv', 'query,document\nq,5" pipe\n'),
  'CSV with a column twice': pairs('p.csv', 'query,document,query\nq,d,q\n', { refused: 'two columns' }),
  'CSV with lists as JSON': pairs('p.csv', 'query,document,negatives\nq,d,"[""a"",""b""]"\n'),
  // Ids and judgements
  'integer ids': beir(GOOD_QRELS, { id: Number }),
  'id without underscore': beir(GOOD_QRELS, { key: 'id' }),
  'ids under a name of their own': beir(GOOD_QRELS, { key: 'docno' }, { columns: { id: 'docno' } }),
  'ids under a name that nobody said': beir(GOOD_QRELS, { key: 'docno' }, { refused: 'columns: {id: docno}' }),
  'ids that are fractions': beir(GOOD_QRELS, { id: (n) => n + 0.5 }, { refused: 'corpus.jsonl:1' }),
  'null titles': beir(GOOD_QRELS, { title: null }),
  'marks everywhere': beir(`\uFEFF${judgedBy((n) => `${1000 + n}\t${n}\t1`)}`, { mark: '\uFEFF' }),
  'TREC with blanks': beir(judgedBy((n) => `${1000 + n} 0 ${n} 1`)),
  'TREC with tabs': beir(judgedBy((n) => `${1000 + n}\t0\t${n}\t1`)),
  'scores as floats': beir(HEADER + judgedBy((n) => `${1000 + n}\t${n}\t1.0`)),
  'scores as floats, no header': beir(judgedBy((n) => `${1000 + n}\t${n}\t1.0`)),
  'a score of nan': beir(GOOD_QRELS.replace('1007\t7\t1', '1007\t7\tnan'), {}, { refused: 'train.tsv:9' }),
  'a score of a half': beir(GOOD_QRELS.replace('1007\t7\t1', '1007\t7\t0.5'), {}, { refused: '0.5' }),
  "pandas' index": beir(`\tquery-id\tcorpus-id\tscore\n${judgedBy((n) => `${n}\t${1000 + n}\t${n}\t1`)}`),
  'quoted cells': beir(`"query-id"\t"corpus-id"\t"score"\n${judgedBy((n) => `"${1000 + n}"\t"${n}"\t1`)}`),
  'columns in another order': beir(`corpus-id\tquery-id\tscore\n${judgedBy((n) => `${n}\t${1000 + n}\t1`)}`),
  'columns in another order, no header': beir(
    judgedBy((n) => `${n}\t${1000 + n}\t1`),
    {},
    { refused: "'0' is not in queries" },
  ),
  'a header of strangers': beir(`a\tb\tc\n${judgedBy((n) => `${1000 + n}\t${n}\t1`)}`, {}, { refused: 'train.tsv:1' }),
  'blanks after ids': beir(HEADER + judgedBy((n) => `${1000 + n} \t${n}\t1`)),
  'one judgement of nothing': beir(`${GOOD_QRELS}1003\t99999\t1\n`),
  'ten judgements of nothing': beir(
    GOOD_QRELS +
      N.slice(0, 10)
        .map((n) => `1003\tnowhere${n}\t1\n`)
        .join(''),
    {},
    { refused: 'nowhere0' },
  ),
  'two columns': beir(
    judgedBy((n) => `${1000 + n}\t${n}`),
    {},
    { refused: 'train.tsv:1' },
  ),
  'judgements as CSV': beir(`qid,docid,relevance\n${judgedBy((n) => `${1000 + n},${n},1`)}`, { name: 'train.csv' }),
  'judgements with CRLF and blank lines': beir(`\r\n${GOOD_QRELS.replaceAll('\n', '\r\n\r\n')}`),
  'judgements in UTF-16': beir(utf16(GOOD_QRELS)),
  'judgements in a file of TREC': beir(
    judgedBy((n) => `${1000 + n} 0 ${n} 1`),
    { name: 'qrels.train.trec' },
  ),
  // Test questions of one's own
  'a sample that a spreadsheet saved': withTest(
    'look.csv',
    `\uFEFFaccepted;query;document;group;id;kind\r\nWAHR;"Was ist ""1""";"Über\nnumber 1.";g;q1;howTo\r\nFALSCH;b;c;g;q2;long\r\n`,
  ),
  'a sample in which nothing is accepted': withTest('look.csv', 'accepted,query,document\nfalse,q,d\nmaybe,q,d\n', {
    refused: 'Write true',
  }),
  'a sample whose column has another name': withTest('look.csv', 'fine,query,document\nja,q,d\n', {
    columns: { accepted: 'fine' },
  }),
  'test questions without a passage': withTest('t.jsonl', lines([{ query: 'q' }]), { refused: 't.jsonl:1' }),
  'test questions with a blank passage': withTest('t.csv', 'query,document\nq,\n', { refused: 't.csv:2' }),
  'test questions with a fault in a row that is not accepted': withTest(
    't.jsonl',
    lines([
      { query: 'q', document: 'd', accepted: 'x' },
      { query: 7, accepted: '' },
    ]),
  ),
  'test questions that are graded': withTest(
    't.jsonl',
    lines([
      { query: 'q', document: 'd', score: 3 },
      { query: 'q', document: 'e', score: 0 },
    ]),
  ),
  'test questions with a key that nobody reads': withTest('t.jsonl', lines([{ query: 'q', document: 'd', url: 'u' }]), {
    unread: ['url'],
  }),
  'test questions by id without a corpus': withTest('t.jsonl', lines([{ query: 'q', document_id: 'd' }]), {
    refused: 'data.corpus',
  }),
  'test questions by id': beirWithTest(N.slice(0, 40).map((n) => ({ query: `own ${n}`, document_id: n }))),
  'test questions by another id': beirWithTest(
    N.slice(0, 40).map((n) => ({ query: `own ${n}`, corpus_id: n })),
    { refused: 'columns: {documentId: corpus_id}' },
  ),
  'one test question of nothing': beirWithTest([
    ...N.slice(0, 40).map((n) => ({ query: `own ${n}`, document_id: String(n) })),
    { query: 'own', document_id: 'nowhere' },
  ]),
  'ten test questions of nothing': beirWithTest(
    N.slice(0, 40).map((n) => ({ query: `own ${n}`, document_id: n < 10 ? `nowhere${n}` : n })),
    { refused: "test.jsonl:1: its document_id 'nowhere0' is not in corpus" },
  ),
  // Pairs beside a corpus
  'pairs by id': pairsOf(N.map((n) => ({ query: `who has ${n}`, document_id: String(n), negative_ids: ['7'] }))),
  'pairs by number': pairsOf(N.map((n) => ({ query: `who has ${n}`, document_id: n, negatives: [8, 9] }))),
  'clicks by id': pairsOf(N.map((n) => ({ query: `who has ${n}`, shown: ['1', '2', '3'], clicked: ['2'] }))),
  'clicks on strangers': pairsOf(
    N.map((n) => ({ query: `who has ${n}`, shown: ['1', 'zebra', '3'], clicked: ['3'] })),
    { refused: "'zebra' is not in corpus" },
  ),
  'what nobody saw may be a stranger': pairsOf(
    N.map((n) => ({ query: `who has ${n}`, shown: ['1', '3', 'zebra'], clicked: ['3'] })),
  ),
  'one pair of nothing': pairsOf([
    ...N.map((n) => ({ query: `who has ${n}`, document_id: String(n) })),
    { query: 'who', document_id: 'nowhere' },
  ]),
  'pairs of nothing': pairsOf(
    N.map((n) => ({ query: `who has ${n}`, document_id: n < 9 ? `nowhere${n}` : String(n) })),
    { refused: "pairs.jsonl:1: its document_id 'nowhere0' is not in corpus" },
  ),
  'pairs by a name for the id that nobody said': pairsOf([{ query: 'q', docno: '1' }], {
    refused: 'columns: {documentId: docno}',
  }),
  'negative scores': beir(GOOD_QRELS.replace('1007\t7\t1', '1007\t7\t-1')),
};

let folder: string;
const jobs: Record<string, { taken: boolean; message?: string; unread?: string[] }> = {};

const placeOf = (name: string): string => join(folder, String(Object.keys(CASES).indexOf(name)));

function write(name: string, { files, columns = {} }: Case): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(placeOf(name), 'input', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const below = (source: string) => Object.keys(files).filter((path) => path.startsWith(`${source}/`));
  const named = ['pairs', 'corpus', 'queries', 'qrels', 'test'].filter((source) => below(source).length > 0);
  const data = Object.fromEntries(
    named.map((source) => {
      const [first, ...more] = below(source);
      return [source, more.length > 0 || source === 'qrels' ? `./input/${source}` : `./input/${first}`];
    }),
  );
  writeFileSync(
    join(placeOf(name), 'spec.json'),
    JSON.stringify({ apiVersion: 'attune/v1', name: 'case', data: { ...data, columns } }),
  );
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-forms-'));
  const names = Object.keys(CASES);
  for (const name of names) write(name, CASES[name]!);
  const program = join(import.meta.dirname, 'read_data.py');
  const told = execFileSync(findTool('python'), [program, ...names.map(placeOf)], { encoding: 'utf8' });
  for (const [i, line] of told.trim().split('\n').entries())
    jobs[names[i]!] = JSON.parse(line) as (typeof jobs)[string];
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(Object.entries(CASES))('%s', (name, { refused, unread = [] }) => {
  test(refused === undefined ? 'is taken by both' : 'is refused by both, before anything is uploaded', async () => {
    const checked = await checkSpec(join(placeOf(name), 'spec.json'));
    const job = jobs[name]!;
    const told = checked.ok ? '' : checked.problems.map(({ mend }) => mend).join('\n');

    expect({ client: checked.ok || told, job: job.taken || job.message }).toEqual(
      refused === undefined
        ? { client: true, job: true }
        : { client: expect.stringContaining(refused) as string, job: expect.stringContaining(refused) as string },
    );
    if (checked.ok) {
      expect(job.unread).toEqual(unread);
      for (const key of unread) expect(checked.notices.join('\n')).toContain(`"${key}"`);
    }
  });
});
