/**
 * Outputs that jobs of the emulator's instant mode "leave": small, and good enough to pass the gate, the package check, the
 * verification of a deployment, and the check of an index.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dataReportSchema } from '../../src/run/dataReport.js';
import {
  evaluationReportSchema,
  probesSchema,
  type EvaluationSummary,
  type Metrics,
} from '../../src/run/evaluation.js';
import { passageCountsSchema, passageToAskSchema } from '../../src/run/questions.js';
import type { ProcessingStage } from '../../src/spec/stages.js';
import { FakeEmbedding } from './fakeEmbedding.js';
import { evaluatedQuestion, indexOutputs } from './fakeIndex.js';
import { FakeS3 } from './fakeS3.js';
import { modelArchive } from './modelArchive.js';
import { written } from './written.js';

const line = (value: object): string => `${JSON.stringify(value)}\n`;

const pair = { query_id: 'q1', query: 'q', document_id: 'd1', document: 'd', group: 'g1' };
const query = { _id: 'q1', text: 'q', group: 'g1' };
const passage = { _id: 'd1', title: '', text: 'd' };
const qrels = 'query-id\tcorpus-id\tscore\nq1\td1\t1\n';

const metrics = (mean: number): Metrics => ({ 'ndcg@10': { mean, low: mean - 0.05, high: mean + 0.05 } });
const won = {
  metric: 'ndcg@10',
  difference: 0.2,
  low: 0.1,
  high: 0.3,
  confidence: 0.95,
  wins: 60,
  ties: 20,
  losses: 20,
};

/** Better than everything it is compared with. */
const summary: EvaluationSummary = {
  questions: 100,
  passages: 1000,
  metrics: { bm25: metrics(0.4), base: metrics(0.5), candidate: metrics(0.7) },
  comparisons: { 'candidate-base': won, 'candidate-bm25': won, 'candidate-incumbent': won },
  warnings: [],
};

/** The emulator's endpoints know these alone. */
const texts = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
const DIMENSIONS = 4;

function vectorOf(text: string): number[] {
  const vector = [0.6, 0.8, texts.indexOf(text), 1];
  return vector.map((value) => value / Math.hypot(...vector));
}

const probes = texts.map((text, index) => ({
  text,
  kind: index === 0 ? ('query' as const) : ('document' as const),
  vector: vectorOf(text),
}));

/** Passages to ask about, a file for each shard, and how many there are. @param each  passages in a shard */
export function readyPassages(shards: number, each: number): Record<string, string> {
  const files = Array.from({ length: shards }, (_, shard) => {
    const passages = Array.from({ length: each }, (_, n) => ({
      id: `page-${shard}.md#${n + 1}`,
      title: `Page ${shard}`,
      text: `Passage ${n + 1} of page ${shard}.`,
      kinds: ['howTo' as const],
    }));
    return [`000${shard}.jsonl`, passages.map((asked) => line(passageToAskSchema.parse(asked))).join('')] as const;
  });
  const passages = shards * each;
  const counts = { version: 1 as const, shards, passages, of: passages, documents: shards, ofDocuments: shards };
  return { ...Object.fromEntries(files), 'counts.json': written(passageCountsSchema, counts) };
}

const PROCESSED: Record<ProcessingStage, Record<string, string | Buffer>> = {
  questions: readyPassages(2, 3),
  prepare: {
    'train/pairs.jsonl': line(pair),
    'dev/queries.jsonl': line(query),
    'dev/qrels.tsv': qrels,
    'dev/corpus.jsonl': line(passage),
    'test/queries.jsonl': line(query),
    'test/qrels.tsv': qrels,
    'corpus/corpus.jsonl': line(passage),
    'report.json': written(dataReportSchema, { version: 1, counts: { train: { pairs: 1 } } }),
  },
  evaluate: {
    'report.json': written(evaluationReportSchema, { version: 1, summary, won: [], lost: [] }),
    'report.html': '<!doctype html><title>Evaluation</title><!-- decision --><!-- /decision -->',
    'probes.json': written(probesSchema, { maxSeqLength: 128, probes }),
    'questions.jsonl': texts.map((text, i) => evaluatedQuestion(text, i, { [DIMENSIONS]: 1 })).join(''),
  },
  index: indexOutputs({ texts, each: 3, dimensions: DIMENSIONS, embed: vectorOf }),
  embed: embeddingOutputs(),
};

/** Texts in shards, for an endpoint to embed. */
function embeddingOutputs(): Record<string, string | Buffer> {
  const output = 's3://out/';
  const s3 = new FakeS3();
  Object.assign(new FakeEmbedding(s3, DIMENSIONS), { texts, each: 3 }).left(output, undefined);
  return Object.fromEntries([...s3.objects].map(([uri, content]) => [uri.slice(output.length), content]));
}

/** @param folder  made when absent; what `--outputs` of the instant mode takes */
export async function writeReadyOutputs(folder: string): Promise<void> {
  const files: Record<string, string | Buffer> = {
    'training/model.tar.gz': await modelArchive(),
    'training.log': 'attune-metric step=10 epoch=1.00 loss=0.5\nattune-metric step=10 epoch=1.00 dev_ndcg_at_10=0.7\n',
  };
  for (const [stage, left] of Object.entries(PROCESSED)) {
    for (const [path, content] of Object.entries(left)) files[`${stage}/${path}`] = content;
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
