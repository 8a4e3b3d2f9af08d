/**
 * What a language model's questions are worth:
 *
 *     npm run bench:questions -- --data FOLDER [--passages 300] [--per-passage 2] [--round-trip 20] [--state DIR]
 *
 * FOLDER holds a set in BEIR form (corpus, queries, qrels/test.tsv; plain or gzip). Its passages become pages without a
 * question; the local language model writes some, a model is fitted to them, and is measured twice: on the language model's
 * own held-out questions, and on the set's, which people asked. Beside it the model that is fitted to headings. The same loop
 * as everybody's, by the command line, on real jobs. Prints one JSON value, then a table on stderr.
 * @module
 */
import { execa } from 'execa';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { startStack, type Stack } from '../src/dev/stack.js';
import { projectRoot } from '../src/dev/toolchain/places.js';
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
const asked = writePages(values.data, join(scratch, 'pages'), join(scratch, 'people.jsonl'));
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
  const headings = await run(stack, 'headings', { data: people });

  const rows = [
    { model: 'fitted to generated questions', questions: 'of the language model', ...figuresOf(generated) },
    { model: 'fitted to generated questions', questions: 'of people', ...figuresOf(onPeople) },
    { model: 'fitted to headings', questions: 'of people', ...figuresOf(headings) },
  ];
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
    train: { maxSeqLength: 128 },
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

/** @returns how many questions people asked */
function writePages(set: string, pages: string, people: string): number {
  const nameOf = new Map<string, string>();
  for (const [at, { _id, title, text }] of linesOf(set, 'corpus.jsonl').map(jsonOf).entries()) {
    const name = `${at}.md`;
    nameOf.set(_id!, name);
    const path = join(pages, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `# ${title || name}\n\n${text}\n`);
  }
  const textOf = new Map(linesOf(set, 'queries.jsonl').map((line) => [jsonOf(line)['_id'], jsonOf(line)['text']]));
  const judged = linesOf(set, 'qrels/test.tsv').slice(1);
  const rows = judged.map((line) => {
    const [question, passage, score] = line.split('\t');
    return JSON.stringify({ query: textOf.get(question), document_id: nameOf.get(passage!), score: Number(score) });
  });
  writeFileSync(people, `${rows.join('\n')}\n`);
  return new Set(judged.map((line) => line.split('\t')[0])).size;
}

const jsonOf = (line: string): Record<string, string> => JSON.parse(line) as Record<string, string>;

function linesOf(set: string, name: string): string[] {
  const plain = join(set, name);
  const text = existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(`${plain}.gz`));
  return text.toString('utf8').trim().split('\n');
}
