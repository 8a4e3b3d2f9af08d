/**
 * How an index grows: npm run bench:index-size -- [--passages 10000,30000,100000] [--dimensions 384] [--element float32]
 *
 * Passages are loaded into a PostgreSQL with pgvector by the store that runs use, the graph is built over them, and the graph is
 * asked for what a look at every vector finds. Vectors are made: around a thousand topics, of unit length, always the same. A
 * table on stderr, one JSON line on stdout.
 * @module
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { openPgvector } from '../src/vectorStore/pgvector/index.js';
import { tableOf } from '../src/vectorStore/pgvector/names.js';
import type { IndexedDocument, NewVersion } from '../src/vectorStore/store.js';
import { Dice } from '../test/support/dice.js';
import { vectorDatabase } from '../test/support/postgres/vectorDatabase.js';
import { round, spread, table } from './figures.js';

const { values } = parseArgs({
  options: {
    passages: { type: 'string', default: '10000,30000,100000' },
    dimensions: { type: 'string', default: '384' },
    element: { type: 'string', default: 'float32' },
  },
});
const DIMENSIONS = Number(values.dimensions);
const TOPICS = 1_000;
/** How far a vector lies from its topic's, against the topic's own length. */
const SPREAD = 0.6;
/** Of one load: a shard of a run's job. */
const SHARD = 5_000;
const QUESTIONS = 200;
const K = 10;
const TEXT = 'A passage of some three hundred letters, as sections of manuals are. '.repeat(5);

const database = await vectorDatabase();
const store = openPgvector(database.url, 2);
const client = new pg.Client({ connectionString: database.url });
await client.connect();
const figures = [];
try {
  for (const passages of values.passages.split(',').map(Number)) {
    const figure = await measure(passages);
    console.error(JSON.stringify(figure));
    figures.push(figure);
  }
  console.error(table(figures));
  console.log(JSON.stringify({ bench: 'index-size', dimensions: DIMENSIONS, element: values.element, figures }));
} finally {
  await client.end();
  await store.close();
  await database.stop();
}

async function measure(passages: number) {
  const version: NewVersion = {
    ...{ name: `size_${passages}`, version: 'v1', endpoint: 'e', model: 's3://b/model.tar.gz', madeBy: 'bench' },
    ...{ dimensions: DIMENSIONS, element: values.element as 'float32' | 'float16' },
    hnsw: { m: 16, efConstruction: 64, efSearch: 100 },
  };
  const vectorsOf = maker(passages);
  await store.begin(version);
  const loaded = await timed(async () => {
    for (let from = 0; from < passages; from += SHARD) {
      const count = Math.min(SHARD, passages - from);
      await store.load(version, documentsOf(from, count), vectorsOf(count));
    }
  });
  const peak = peakMemory();
  const built = await timed(() => store.build(version));
  const buildMiB = peak.end();

  const questions = Array.from({ length: QUESTIONS }, () => [...vectorsOf(1)]);
  const exact = await store.exact(version, questions, K);
  const microseconds: number[] = [];
  let found = 0;
  for (const [at, question] of questions.entries()) {
    const since = performance.now();
    const hits = await store.search(version, question, K, true);
    microseconds.push(1_000 * (performance.now() - since));
    found += hits.filter(({ id }) => exact[at]!.includes(id)).length;
  }
  const { documents } = await store.inventory(version);
  if (documents !== passages) throw new Error(`${documents} of ${passages} passages are there`);
  const took = spread(microseconds);
  const place = `'"${tableOf(version)}"'::regclass`;
  const figure = {
    passages,
    'load passages/s': round(passages / loaded, 0),
    'build s': round(built, 1),
    'build passages/s': round(passages / built, 0),
    'database peak MiB': buildMiB,
    'table MiB': await mebibytes(`pg_table_size(${place})`),
    'graph MiB': await mebibytes(`pg_indexes_size(${place})`),
    'recall@10': round(found / (QUESTIONS * K), 4),
    'search p50 ms': round(took.p50 / 1_000, 1),
    'search p99 ms': round(took.p99 / 1_000, 1),
  };
  await store.drop(version);
  return figure;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return (performance.now() - since) / 1000;
}

/** A generator that goes on: what is asked for later is of the same topics, and new. */
function maker(seed: number): (count: number) => Float32Array {
  const dice = new Dice(seed);
  const centred = (): number => dice.next() + dice.next() + dice.next() - 1.5;
  const topics = Float32Array.from({ length: TOPICS * DIMENSIONS }, centred);
  return (count) => {
    const vectors = new Float32Array(count * DIMENSIONS);
    for (let row = 0; row < count; row += 1) {
      const topic = Math.floor(dice.next() * TOPICS) * DIMENSIONS;
      const one = vectors.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS);
      for (let i = 0; i < DIMENSIONS; i += 1) one[i] = topics[topic + i]! + SPREAD * centred();
      const length = Math.hypot(...one);
      for (let i = 0; i < DIMENSIONS; i += 1) one[i] = one[i]! / length;
    }
    return vectors;
  };
}

function documentsOf(from: number, count: number): IndexedDocument[] {
  return Array.from({ length: count }, (_, i) => {
    const id = `passage-${from + i}`;
    return { id, title: '', text: TEXT, hash: createHash('sha256').update(id).digest('hex') };
  });
}

async function mebibytes(size: string): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(`select ${size} as bytes`);
  return round(Number(rows[0]!.bytes) / 2 ** 20, 0);
}

/** Of all processes of PostgreSQL on this machine together, each with its share of what they share (PSS), looked at each second. */
function peakMemory(): { end(): number } {
  let most = 0;
  const look = (): void => {
    let sum = 0;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (!readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')) continue;
        sum += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
      } catch {
        // It has ended between the list and the look.
      }
    }
    most = Math.max(most, sum);
  };
  const timer = setInterval(look, 1_000);
  return {
    end: () => {
      clearInterval(timer);
      look();
      return Math.round(most / 1024);
    },
  };
}
