/**
 * What a language model's questions are worth:
 *
 *     npm run bench:questions -- --data FOLDER [--passages 300] [--per-passage 2] [--round-trip 20] [--state DIR]
 *
 * FOLDER holds a set in BEIR form (corpus, queries, qrels/test.tsv; plain or gzip). Its passages become pages without a
 * question; the local language model writes some, a model is fitted to them, and is measured twice: on the language model's
 * own held-out questions, and on the set's, which people asked. Beside it the model that is fitted to headings, and where the
 * set has qrels/train.tsv, the one that is fitted to those questions of people. The same loop as everybody's, by the command
 * line, on real jobs. Prints one JSON value, then a table on stderr. `npm run bench:questions -- --data medquad-mini` takes the
 * set of medical questions that `npm run bench:quality` takes.
 * @module
 */
import { execa } from 'execa';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { startStack, type Stack } from '../src/dev/stack.js';
import { findTool, projectRoot } from '../src/dev/toolchain/findTool.js';
import { provideLanguageModel } from '../src/dev/toolchain/python.js';
import type { Comparison } from '../src/run/evaluation.js';
import type { Progress } from '../src/run/progress.js';
import { round, table } from './figures.js';

const METRIC = 'ndcg@10';
const MAIN = join(projectRoot, 'dist', 'cli', 'main.js');

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    passages: { type: 'string', default: '300' },
    'per-passage': { type: 'string', default: '2' },
    'round-trip': { type: 'string', default: '20' },
    state: { type: 'string' },
  },
});
if (!values.data) throw new Error('--data FOLDER is missing: a set in BEIR form');

const scratch = values.state ?? mkdtempSync(join(tmpdir(), 'attune-bench-questions-'));
const asked = writeInputs(await folderOf(values.data), scratch);
const languageModel = await provideLanguageModel({
  now: (doing) => console.error(doing),
  signal: new AbortController().signal,
});
const stack = await startStack({
  stateDir: join(scratch, 'stack'),
  ports: { temporal: 0, ui: 0, s3: 0, sagemaker: 0, events: 0 },
  languageModel,
  log: (line) => console.error(line),
});
try {
  const questions = {
    model: 'bedrock:amazon.nova-lite-v1:0',
    most: Number(values.passages),
    perPassage: Number(values['per-passage']),
    roundTrip: Number(values['round-trip']),
    parallel: 2,
  };
  const people = { documents: './pages', test: './people.jsonl' };
  const generated = await run(stack, 'generated', { data: { documents: './pages', questions } });
  const onPeople = await run(stack, 'generated-on-people', {
    data: people,
    model: generated.progress.artifacts['model'],
  });
  const rows = [
    { model: 'fitted to generated questions', questions: 'of the language model', ...figuresOf(generated) },
    { model: 'fitted to generated questions', questions: 'of people', ...figuresOf(onPeople) },
  ];
  if (asked.headings) {
    const headings = await run(stack, 'headings', { data: people });
    rows.push({ model: 'fitted to headings', questions: 'of people', ...figuresOf(headings) });
  }
  if (asked.training > 0) {
    // Fitted to rows, but asked over the same passages as the others.
    const fitted = await run(stack, 'people', { data: { pairs: './training.jsonl' } });
    const measured = await run(stack, 'people-on-people', { data: people, model: fitted.progress.artifacts['model'] });
    const seconds = fitted.seconds + measured.seconds;
    rows.push({
      model: 'fitted to questions of people',
      questions: 'of people',
      ...figuresOf({ ...measured, seconds }),
    });
  }
  console.log(JSON.stringify({ ...values, asked, written: generated.progress.questions, rows }));
  console.error(table(rows.map(({ low, high, ...row }) => ({ ...row, interval: `${low} to ${high}` }))));
} finally {
  await stack.stop({ jobs: true });
  if (values.state === undefined) rmSync(scratch, { recursive: true });
}

interface Measured {
  progress: Progress;
  seconds: number;
}

async function run({ environment }: Stack, name: string, parts: object): Promise<Measured> {
  const instance = { instanceType: 'ml.m5.xlarge' };
  const spec = {
    apiVersion: 'attune/v1',
    name,
    // A model that is given trains nothing.
    ...('model' in parts ? {} : { train: { maxSeqLength: 128 } }),
    compute: { train: instance, evaluate: instance },
    gate: { minQuestions: 1 },
    deploy: false,
    ...parts,
  };
  const path = join(scratch, `${name}.json`);
  writeFileSync(path, JSON.stringify(spec));
  const attune = (...args: string[]) =>
    execa(process.execPath, [MAIN, ...args, '--json'], { env: environment, reject: false, stderr: 'inherit' });
  const startedAt = Date.now();
  const submitted = await attune('submit', path);
  if (submitted.exitCode !== 0) throw new Error(`${name} was not taken`);
  const { workflowId } = JSON.parse(submitted.stdout) as { workflowId: string };
  await attune('watch', workflowId);
  const progress = JSON.parse((await attune('show', workflowId)).stdout) as Progress;
  if (!progress.comparisons['candidate-base']) throw new Error(`${name} has no score: ${progress.reasons.join('; ')}`);
  return { progress, seconds: (Date.now() - startedAt) / 1000 };
}

function figuresOf({ progress: { metrics, comparisons, asked: of }, seconds }: Measured) {
  const score = (system: 'bm25' | 'base' | 'candidate') => {
    const found = metrics[system]?.[METRIC] ?? Number.NaN;
    return round(typeof found === 'number' ? found : found.mean, 3);
  };
  const { difference, low, high }: Comparison = comparisons['candidate-base']!;
  return {
    asked: of?.count ?? 0,
    bm25: score('bm25'),
    base: score('base'),
    tuned: score('candidate'),
    gain: round(difference, 3),
    low: round(low, 3),
    high: round(high, 3),
    seconds: round(seconds, 0),
  };
}

/** A set of `npm run bench:quality` by its name, written anew, or a folder. */
async function folderOf(data: string): Promise<string> {
  if (existsSync(data)) return data;
  const sets = join(scratch, 'sets');
  await execa(findTool('python'), [join(projectRoot, 'bench', 'quality', 'sets.py'), sets], { stderr: 'inherit' });
  return join(sets, `${data}-input`);
}

interface Asked {
  /** Questions of people to measure by. */
  test: number;
  /** Questions of people to train on. */
  training: number;
  headings: boolean;
}

/** The set as pages, its test questions as rows about them, and its training questions as rows with their passages. */
function writeInputs(set: string, folder: string): Asked {
  const passages = linesOf(set, 'corpus.jsonl').map(jsonOf);
  mkdirSync(join(folder, 'pages'), { recursive: true });
  for (const [at, { title, text }] of passages.entries())
    writeFileSync(join(folder, 'pages', `${at}.md`), title ? `# ${title}\n\n${text}\n` : `${text}\n`);
  const at = new Map(passages.map(({ _id }, index) => [_id!, index]));
  const textOf = new Map(
    linesOf(set, 'queries.jsonl')
      .map(jsonOf)
      .map(({ _id, text }) => [_id!, text!]),
  );
  const judged = (split: string) =>
    linesOf(set, `qrels/${split}.tsv`)
      .slice(1)
      .map((line) => line.split('\t') as [string, string, string]);
  const write = (name: string, rows: object[]): void =>
    writeFileSync(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

  const test = judged('test');
  write(
    'people.jsonl',
    test.map(([question, passage, score]) => ({
      query: textOf.get(question),
      document_id: `${at.get(passage)}.md`,
      score: Number(score),
    })),
  );
  const training = existsSync(join(set, 'qrels', 'train.tsv')) ? judged('train') : [];
  write(
    'training.jsonl',
    training.map(([question, passage]) => ({
      query: textOf.get(question),
      document: passages[at.get(passage)!]!['text'],
    })),
  );
  return {
    test: new Set(test.map(([question]) => question)).size,
    training: training.length,
    headings: passages.some(({ title }) => title),
  };
}

function jsonOf(line: string): Record<string, string> {
  return JSON.parse(line) as Record<string, string>;
}

function linesOf(set: string, name: string): string[] {
  const plain = join(set, name);
  const text = existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(`${plain}.gz`));
  return text.toString('utf8').trim().split('\n');
}
