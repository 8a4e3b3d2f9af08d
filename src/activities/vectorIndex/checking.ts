/**
 * Whether a version may serve: every document there once, the graph as good as a look at every vector, and the questions of the
 * evaluation answered through endpoint and index as the evaluation had them.
 * @module
 */
import { createInterface } from 'node:readline';
import { openObject } from '../../aws/s3.js';
import { embedded } from '../../aws/embedding.js';
import { filesOf } from '../../run/files.js';
import type { Run } from '../../run/run.js';
import {
  evaluatedQuestionSchema,
  indexReportOf,
  type EvaluatedQuestion,
  type IndexCheck,
  type IndexCounts,
} from '../../run/vectorIndex.js';
import { fail } from '../../spec/failures.js';
import type { Index } from '../../spec/indexSchema.js';
import type { FormedVersion, Hit, Inventory, VectorStore } from '../../vectorStore/store.js';
import type { Task } from '../alive.js';
import { calling, now } from '../call.js';
import type { Deps } from '../deps.js';
import { writeRecord } from '../records.js';
import { withStore } from './store.js';

/** Each is asked twice of the index, once of all its vectors: that is what a large index takes its time for. */
const RECALL_QUESTIONS = 200;
/** More do not tell more of nDCG@10. */
const MOST_QUESTIONS = 5_000;
/** Of one request to the endpoint. */
const BATCH = 16;
const K = 10;

export interface Checked {
  run: Run;
  version: FormedVersion;
  endpoint: string;
  counts: IndexCounts;
}

export async function checkVersion(
  deps: Deps,
  { run, version, endpoint, counts }: Checked,
  task: Task,
): Promise<IndexCheck> {
  const index = run.spec.index!;
  const questions = await questionsOf(deps, run);
  const found = await withStore(deps, index, async (store) => {
    const inventory = await store.inventory(version);
    const recalls: Recalled[] = [];
    let reached = 0;
    for (let start = 0; start < questions.length; start += BATCH) {
      task.signal.throwIfAborted();
      const batch = questions.slice(start, start + BATCH);
      const vectors = await calling(`asking endpoint ${endpoint}`, deps, () =>
        embedded(deps.runtime, {
          endpoint,
          texts: batch.map(({ query }) => query),
          kind: 'query',
          dimensions: version.dimensions,
        }),
      );
      for (const [i, question] of batch.entries()) {
        const hits = await store.search(version, vectors[i]!, K + question.own.length, true);
        const ids = withoutOwn(question, idsOf(hits));
        reached += ndcg(ids, question.gains) / questions.length;
        if (start + i < RECALL_QUESTIONS) recalls.push({ question, vector: vectors[i]!, ids });
      }
      task.progress = { asked: Math.min(start + BATCH, questions.length), of: questions.length };
    }
    return { inventory, recall: await recallOf(store, version, recalls), ndcg: reached };
  });
  // Of documents of its own the evaluation says nothing: their questions have their answers elsewhere.
  const ofData = index.source === undefined;
  const expectedNdcg =
    questions.reduce((sum, { ndcgBySize }) => sum + (ndcgBySize[version.dimensions] ?? 0), 0) / questions.length;
  const answered = ofData ? { ndcg: found.ndcg, expectedNdcg } : {};
  const reasons = faultsOf(index, counts, { inventory: found.inventory, recall: found.recall, ...answered });
  const uri = indexReportOf(run);
  const check = {
    passed: reasons.length === 0,
    reasons,
    documents: found.inventory.documents,
    questions: questions.length,
    recall: found.recall,
    ...answered,
  };
  await writeRecord(deps, run, uri, { version: 1, index: version, endpoint, checkedAt: now(), ...check });
  return { ...check, uri };
}

function faultsOf(
  { leastRecall, tolerance }: Index,
  counts: IndexCounts,
  {
    inventory,
    recall,
    ndcg = 0,
    expectedNdcg = 0,
  }: { inventory: Inventory; recall: number; ndcg?: number; expectedNdcg?: number },
): string[] {
  return [
    inventory.documents !== counts.documents &&
      `${inventory.documents} documents are in the index, ${counts.documents} were expected`,
    inventory.documents === counts.documents &&
      inventory.digest !== counts.digest &&
      'documents are in the index that are not those of the corpus: their hashes differ',
    recall < leastRecall &&
      `the graph finds ${recall.toFixed(3)} of what a look at every vector finds (recall@10), at least ${leastRecall} expected`,
    ndcg < expectedNdcg - tolerance &&
      `nDCG@10 through endpoint and index is ${ndcg.toFixed(3)}, the evaluation had ${expectedNdcg.toFixed(3)} on the same questions`,
  ].filter((fault) => fault !== false);
}

/** A question and what was found for it. */
interface Recalled {
  question: EvaluatedQuestion;
  vector: readonly number[];
  ids: string[];
}

/** Of what a look at every vector finds, how much was found. */
async function recallOf(store: VectorStore, version: FormedVersion, asked: readonly Recalled[]): Promise<number> {
  const most = Math.max(0, ...asked.map(({ question }) => question.own.length));
  const found = await store.exact(
    version,
    asked.map(({ vector }) => vector),
    K + most,
  );
  const sums = { recalled: 0, of: 0 };
  for (const [i, { question, ids }] of asked.entries()) {
    const nearest = withoutOwn(question, found[i]!);
    sums.of += nearest.length;
    sums.recalled += nearest.filter((id) => ids.includes(id)).length;
  }
  return sums.of === 0 ? 1 : sums.recalled / sums.of;
}

const idsOf = (hits: readonly Hit[]): string[] => hits.map(({ id }) => id);

/** The first ten, without the question itself; more were asked for in its place. */
const withoutOwn = ({ own }: EvaluatedQuestion, ids: readonly string[]): string[] =>
  ids.filter((id) => !own.includes(id)).slice(0, K);

/** As metrics.py of the evaluation has it. @param ids  the nearest first @param gains  passage → its score */
export function ndcg(ids: readonly string[], gains: Readonly<Record<string, number>>): number {
  const discounted = (values: readonly number[]): number =>
    values.slice(0, K).reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
  const ideal = discounted(Object.values(gains).sort((a, b) => b - a));
  return ideal > 0 ? discounted(ids.map((id) => gains[id] ?? 0)) / ideal : 0;
}

/** @throws EvaluationUnusable where the evaluation left no questions to ask again */
async function questionsOf(deps: Deps, run: Run): Promise<EvaluatedQuestion[]> {
  const uri = filesOf(run).evaluatedQuestions;
  const questions: EvaluatedQuestion[] = [];
  const body = await calling(`reading ${uri}`, deps, () => openObject(deps.s3, uri));
  for await (const line of createInterface({ input: body, crlfDelay: Infinity })) {
    const parsed = evaluatedQuestionSchema.safeParse(jsonOf(line));
    if (!parsed.success) throw fail('EvaluationUnusable', `${uri}: a line is not of the form that is expected`);
    if (questions.push(parsed.data) === MOST_QUESTIONS) break;
  }
  if (questions.length === 0) throw fail('EvaluationUnusable', `${uri} holds no question`);
  return questions;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
