/**
 * `attune init`: a commented spec to start from, of the data that lie there.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { checkData, type DataReport, type GateOutlook } from '../client/inputs/dataCheck.js';
import { dataAt, dataBeside, type FoundData } from '../client/inputs/found.js';
import { AttuneError } from '../spec/attuneError.js';
import { reportOf } from '../spec/problem.js';
import { fineTuneSpecSchema } from '../spec/schema.js';
import { gateLines } from './data.js';
import { EXIT } from './exit.js';
import type { Io } from './io.js';
import { heldOut, lowered, type Shares } from './initShares.js';
import { grouped } from '../run/numbers.js';

const schemaFile = fileURLToPath(new URL('../../schema/attune-v1.schema.json', import.meta.url));

export interface InitFlags {
  name: string;
  data?: string;
  force?: boolean;
}

export async function init(io: Io, file: string, { name, data, force }: InitFlags): Promise<number> {
  const checked = fineTuneSpecSchema.shape.name.safeParse(name);
  if (!checked.success)
    throw new AttuneError(
      'InvalidRequest',
      `--name ${name}: expected ${checked.error.issues[0]!.message}`,
      'choose another name',
    );
  const path = resolve(io.cwd, file);
  await mkdir(dirname(path), { recursive: true });
  const found = await chosen(io, path, data);
  const schema = relative(dirname(path), schemaFile).split(sep).join('/');
  const write = (shares: Shares, flag: 'w' | 'wx'): Promise<void> =>
    writeFile(path, specText({ name, schema, found, shares }), { flag });
  try {
    await write({}, force ? 'w' : 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new AttuneError(
      'InvalidRequest',
      `${file} exists already`,
      'name another file, or overwrite it with --force',
      { cause: error },
    );
  }
  io.out(path);
  if (found) return settled(io, { file, path, found }, (shares) => write(shares, 'w'));
  io.say(`Put your question/passage pairs into pairs.jsonl beside it, or name them in "data".`);
  io.next(`attune validate ${file}`);
  return EXIT.done;
}

/** Undefined where there is nothing that could be data, and nobody named any. */
async function chosen(io: Io, path: string, named: string | undefined): Promise<FoundData | undefined> {
  const folder = dirname(path);
  const found = named === undefined ? await dataBeside(folder) : await namedData(resolve(io.cwd, named), named, folder);
  const [first, ...others] = found;
  if (!first || others.length === 0) return first;
  found.forEach(({ words }, at) => io.say(`  ${at + 1}  ${words}`));
  const answer = await io.ask(`Which of these are your data? [1] `);
  const number = Number(answer?.trim() || '1');
  const taken = found[number - 1];
  if (!taken)
    throw new AttuneError('InvalidRequest', `expected a number from 1 to ${found.length}, found '${answer}'`, 'again');
  if (answer === undefined) io.say(`Taken: ${taken.words}. For another one: --data PATH --force`);
  return taken;
}

async function namedData(path: string, named: string, folder: string): Promise<FoundData[]> {
  const found = await dataAt(path, folder).catch((error: NodeJS.ErrnoException) => {
    throw new AttuneError('InvalidRequest', `--data ${named}: it cannot be read (${error.code})`, 'name another path', {
      cause: error,
    });
  });
  if (found.length > 0) return found;
  throw new AttuneError(
    'InvalidRequest',
    `--data ${named}: no rows with a question and a passage, no folder in BEIR's layout, no documents that are read`,
    'name the columns in a spec of your own under data.columns: docs/data.md',
  );
}

/** Looks at the data as the first job will; what the spec says then leaves the gate enough questions, where there are any. */
async function settled(
  io: Io,
  { file, path, found }: { file: string; path: string; found: FoundData },
  write: (shares: Shares) => Promise<void>,
): Promise<number> {
  io.say('Looking at the data as the first job will …');
  const signal = io.interruption();
  const look = async (): Promise<Looked> => {
    const checked = await checkData(path, { cwd: io.cwd, onProgress: () => undefined, signal }, io.env);
    if (checked.ok) return 'report' in checked ? checked : { refused: [] };
    return { refused: 'problems' in checked ? checked.problems.map(reportOf) : [checked.refused] };
  };
  try {
    const looked = await enoughFor(look, write, found.hasTest);
    if ('refused' in looked) {
      looked.refused.forEach(io.say);
      io.next(`fix the data, then attune data ${file}`);
      return EXIT.done;
    }
    outlook(looked.report, looked.gate).forEach(io.say);
  } catch (error) {
    if (!(error instanceof AttuneError) || error.type !== 'NotAvailable') throw error;
    io.say(`How many test questions there are was not counted: ${error.message}`);
  }
  io.next(`attune submit ${file} --watch`);
  return EXIT.done;
}

type Looked = { report: DataReport; gate: GateOutlook } | { refused: string[] };

/** A share that leaves nothing to train on, or helps nobody, is taken back. */
async function enoughFor(
  look: () => Promise<Looked>,
  write: (shares: Shares) => Promise<void>,
  hasTest: boolean,
): Promise<Looked> {
  const first = await look();
  if ('refused' in first || first.gate.undecided === undefined) return first;
  const more = heldOut(first.report, first.gate, hasTest);
  await write(more);
  const second = await look();
  if (!('refused' in second)) {
    if (second.gate.undecided === undefined) return second;
    await write({ ...more, ...lowered(second.gate) });
    const third = await look();
    if (!('refused' in third) && third.gate.undecided === undefined) return third;
  }
  await write({});
  return first;
}

function outlook({ counts }: DataReport, gate: GateOutlook): string[] {
  const count = (split: string): string => grouped(counts[split]?.questions ?? 0);
  const groups = gate.groups === 1 ? '1 group' : `${grouped(gate.groups)} groups`;
  return [
    `Questions: ${count('train')} to train on, ${count('dev')} to choose the weights by, ${count('test')} to test on, of ${groups}.`,
    ...gateLines(gate),
  ];
}

interface Written {
  name: string;
  schema: string;
  found: FoundData | undefined;
  shares: Shares;
}

const FEWER = 'with few only a large gain is told from chance';

/** The keys that are needed, and the others as comments with their defaults. */
const specText = ({ name, schema, found, shares }: Written): string => `# yaml-language-server: $schema=${schema}
apiVersion: attune/v1
name: ${name}

# One of three forms; local files are uploaded, s3:// URIs are taken as they are:
#   pairs: ./pairs.jsonl               rows of question and passage: JSON Lines, CSV, TSV, Parquet; columns: names of your own
#   corpus, queries, qrels             BEIR layout: corpus.jsonl, queries.jsonl, qrels/{train,dev,test}.tsv
#   documents: ./docs/                 Markdown, HTML, PDF, Word, …; headings become questions
${dataText(found, shares)}
# All that follows has a default; uncomment what you want to change.

# base: sentence-transformers/all-MiniLM-L6-v2

# train:
#   epochs: 2
#   learningRate: 2e-4                 # default: by the size of the base and the number of steps
#   batchSize: 64
#   maxSeqLength: 128
#   dimensions: [384, 256, 128, 64]    # Matryoshka sizes, largest first

# tune: {trials: 8}                    # search for better settings by dev nDCG@10, instead of one training

# compute:                             # a list of types: the next is taken where one is not to be had
#   train: {instanceType: ml.g5.xlarge, count: 1, spot: false}

# budget: {maxUsd: 20}                 # stops before the next paid step, and training at a checkpoint

${gateText(shares)}
# deploy:                              # or false: stop after packaging
#   endpoint: ${name}
#   instanceType: ml.c6i.xlarge
#   approval: none                     # required: a named person approves before it goes live

# notify:                              # who hears how it ends, and that it waits for a person
#   - slack: {parameter: /attune/slack}
`;

function dataText(found: FoundData | undefined, { test }: Shares): string {
  const data = { ...(found?.data ?? { pairs: './pairs.jsonl' }), ...(test === undefined ? {} : { split: { test } }) };
  return stringify({ data });
}

function gateText({ minQuestions, minGroups, evidence }: Shares): string {
  const lines = [
    ...(evidence ? [[`evidence: ${evidence}`, 'no person asked these questions: give some as data.test']] : []),
    ...(minQuestions === undefined ? [] : [[`minQuestions: ${minQuestions}`, `${FEWER}, default 100`]]),
    ...(minGroups === undefined ? [] : [[`minGroups: ${minGroups}`, `${FEWER}, default 10`]]),
  ].map(([key, why]) => `  ${key!.padEnd(34)} # ${why}`);
  if (lines.length > 0) return `gate:\n${lines.join('\n')}\n`;
  return `# gate:                                # what a candidate must show on held-out questions
#   metric: ndcg@10
#   confidence: 0.95
#   minQuestions: 100                  # and minGroups: 10; fewer decide nothing
#   guards: []                         # question sets on which it must not be worse than base and what serves
`;
}
