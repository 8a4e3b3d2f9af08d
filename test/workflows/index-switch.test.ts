/**
 * Questions without a pause while pairs of endpoint and index are made, switched, rolled back and removed, and worker, database and
 * Temporal are killed: each is answered, by one pair. `npm run bench:index` is the long form.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rollBackIndex } from '../../src/client/index/rollback.js';
import { search, type SearchAnswer } from '../../src/client/index/search.js';
import { embedded } from '../../src/aws/embedding.js';
import { openPgvector } from '../../src/vectorStore/pgvector/index.js';
import type { VectorStore } from '../../src/vectorStore/store.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { withLoop, type Loop } from '../support/loop.js';
import { startTemporal, type OwnTemporal } from '../support/ownTemporal.js';
import { vectorDatabase, type VectorDatabase } from '../support/postgres/vectorDatabase.js';

/** At least so many questions, and so many switches and rollbacks together. */
const QUESTIONS = Number(process.env['ATTUNE_SWITCH_QUESTIONS'] ?? 500);
const SWITCHES = Number(process.env['ATTUNE_SWITCH_SWITCHES'] ?? 4);
/** Of the long form: a file for its figures. */
const FIGURES = process.env['ATTUNE_SWITCH_FIGURES'];
/** Pairs that runs make; the other switches go back and forth between those that are kept. */
const RUNS = Math.max(2, Math.round(SWITCHES / 5));
const ASKERS = 6;
const K = 5;
const INDEX = 'switched';

let folder: string;
let database: VectorDatabase;
let temporal: OwnTemporal;
let store: VectorStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attune-switch-'));
  database = await vectorDatabase();
  temporal = await startTemporal({ databaseFile: join(folder, 'temporal.db') });
  store = openPgvector(database.url, ASKERS + 2);
  process.env['ATTUNE_INDEX_URL'] = database.url;
});
afterAll(async () => {
  await store.close();
  await temporal.stop();
  await database.stop();
  rmSync(folder, { recursive: true });
});

type Runtime = Parameters<typeof search>[0]['runtime'];

const TEXTS = Array.from({ length: 40 }, (_, i) => `${String.fromCharCode(97 + (i % 26))}${'y'.repeat(2 * i + 3)}`);

class Askers {
  readonly answers: { question: string; answer: SearchAnswer }[] = [];
  readonly failures: unknown[] = [];
  private stopped = false;

  constructor(private readonly runtime: Runtime) {}

  async ask(): Promise<void> {
    for (let turn = 0; !this.stopped; turn += 1) {
      const question = TEXTS[(7 * turn + this.answers.length) % TEXTS.length]!;
      try {
        const answer = await search({ store, runtime: this.runtime, index: INDEX }, question, { k: K });
        this.answers.push({ question, answer });
      } catch (error) {
        this.failures.push(error);
      }
    }
  }
  stop(): void {
    this.stopped = true;
  }
  async until(count: number): Promise<void> {
    while (this.answers.length < count && this.failures.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5)); // between two looks
  }
}

/** What a version answers, from a look at every vector; asked while it is kept. */
async function expectedOf(runtime: Runtime, name: string) {
  const version = (await store.versions(INDEX)).find((one) => one.version === name)!;
  const { endpoint, dimensions } = version;
  const answers = new Map<string, string[]>();
  for (const text of TEXTS) {
    const [vector] = await embedded(runtime, { endpoint, texts: [text], kind: 'query', dimensions });
    const [ids] = await store.exact(version, [vector!], K);
    answers.set(text, ids!);
  }
  return { endpoint, answers };
}

test('no question fails and none meets the index of another model, whatever is switched and killed meanwhile', async () => {
  const sageMaker = new FakeSageMaker().withOwnVectors();
  sageMaker.index.texts = TEXTS;
  await withLoop(
    sageMaker,
    async (loop) => {
      const { runtime } = sageMaker.clients as { runtime: Runtime };
      const known = new Map<string, Awaited<ReturnType<typeof expectedOf>>>();
      const made = async (): Promise<string> => {
        const run = await loop.startRun({
          name: INDEX,
          index: { store: 'pgvector', url: { variable: 'ATTUNE_INDEX_URL' }, table: INDEX, hnsw: { efSearch: 200 } },
        });
        const { index, status } = await run.result();
        expect(status).toBe('done');
        known.set(index!.version, await expectedOf(runtime, index!.version));
        return index!.version;
      };
      await made();
      const started = Date.now();
      const askers = new Askers(runtime);
      const asking = Promise.all(Array.from({ length: ASKERS }, () => askers.ask()));
      const kills = { worker: 0, database: 0, temporal: 0 };
      let switches = 0;
      for (; switches < SWITCHES || askers.answers.length < QUESTIONS; switches += 1) {
        if (askers.failures.length > 0) break;
        await askers.until((QUESTIONS / SWITCHES) * (switches + 1) * 0.9);
        if (switches < RUNS) await Promise.all([made(), killing(loop, switches, kills)]);
        else await rolledBack(sageMaker);
        if (switches >= RUNS && switches % 5 === 4) {
          await database.crash();
          await database.start();
          kills.database += 1;
        }
      }
      askers.stop();
      await asking;

      expect(askers.failures).toEqual([]);
      const mixed = askers.answers.filter(({ question, answer: { version, endpoint, hits } }) => {
        const expected = known.get(version);
        const ids = hits.map(({ id }) => id);
        return expected?.endpoint !== endpoint || expected.answers.get(question)!.join() !== ids.join();
      });
      expect(mixed).toEqual([]);
      expect(askers.answers.length).toBeGreaterThanOrEqual(QUESTIONS);
      expect(switches).toBeGreaterThanOrEqual(SWITCHES);
      // The pairs answer differently: what is mixed would show.
      const [one, other] = [...known.values()].map(({ answers }) => [...answers.values()].join());
      expect(one).not.toBe(other);
      const served = new Set(askers.answers.map(({ answer }) => answer.version)).size;
      expect(served).toBe(known.size);
      const figures = {
        questions: askers.answers.length,
        switches,
        kills,
        failed: askers.failures.length,
        mixed: mixed.length,
        versions: served,
        seconds: Math.round((Date.now() - started) / 1000),
      };
      if (FIGURES !== undefined) writeFileSync(FIGURES, JSON.stringify(figures));
    },
    { address: temporal.address },
  );
}, 600_000);

/** While a run makes a pair. */
async function killing(
  loop: Loop,
  turn: number,
  kills: { worker: number; database: number; temporal: number },
): Promise<void> {
  const target = (['worker', 'database', 'temporal'] as const)[turn % 3]!;
  kills[target] += 1;
  if (target === 'worker') await loop.withoutWorkers(async () => undefined);
  if (target === 'database') {
    await database.crash();
    await database.start();
  }
  if (target === 'temporal') {
    await temporal.kill();
    await temporal.restart();
  }
}

const rolledBack = (sageMaker: FakeSageMaker) => {
  const { sageMaker: client } = sageMaker.clients as { sageMaker: Parameters<typeof rollBackIndex>[0]['sageMaker'] };
  return rollBackIndex({ store, sageMaker: client, index: INDEX, keepSeconds: 86_400 });
};
