/**
 * One question against a run's corpus: the nearest passages under the base model and under the tuned one.
 * @module
 */
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isWithoutModel, refusalOf } from '../../aws/modelAnswers.js';
import { filesOf, folderIn } from '../../run/files.js';
import type { Progress } from '../../run/progress.js';
import { fromAws, type AwsClients } from '../aws.js';
import { baseVector } from './baseVector.js';
import { downloaded } from './downloads.js';
import { AttuneError } from '../../spec/attuneError.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { readNpy, type Matrix } from '../../aws/npy.js';

export interface Hit {
  /** From 1. */
  rank: number;
  id: string;
  /** Cosine. */
  score: number;
  title: string;
  text: string;
}

/** The nearest passages of one model, or why there are none. */
export type Side = { hits: Hit[] } | { why: string };

export interface QueryAnswer {
  workflowId: string;
  query: string;
  base: Side;
  tuned: Side;
}

/**
 * @param k  passages a side, default 5
 * @throws AttuneError NotAvailable where the run left no corpus vectors (not evaluated yet, or over 50,000 passages)
 */
export async function query(
  aws: AwsClients,
  progress: Progress,
  { base: baseModel, train }: Pick<FineTuneSpec, 'base' | 'train'>,
  text: string,
  k = 5,
): Promise<QueryAnswer> {
  const files = evaluatedFilesOf(progress);
  const get = (uri: string): Promise<string> => downloaded(aws.s3(), uri);
  const ids = JSON.parse(await readFile(await get(files.corpusIds), 'utf8')) as string[];

  const [base, tuned] = await Promise.all([
    side(
      () => baseVector(baseModel, train.prompts, text),
      () => get(files.corpusBase),
      ids,
      k,
    ),
    side(
      () => tunedVector(aws, progress, text),
      () => get(files.corpusCandidate),
      ids,
      k,
    ),
  ]);
  const passages = await passagesOf(await get(files.passages), new Set([...idsOf(base), ...idsOf(tuned)]));
  return {
    workflowId: progress.workflowId,
    query: text,
    base: withTexts(base, passages),
    tuned: withTexts(tuned, passages),
  };
}

type Ranked = { ranking: { id: string; score: number }[] } | { why: string };

async function side(
  vector: () => Promise<Float32Array>,
  corpusFile: () => Promise<string>,
  ids: readonly string[],
  k: number,
): Promise<Ranked> {
  try {
    const [question, corpus] = await Promise.all([
      vector(),
      corpusFile().then(async (path) => readNpy(await readFile(path))),
    ]);
    return { ranking: nearest(question, corpus, ids, k) };
  } catch (error) {
    return { why: error instanceof AttuneError ? `${error.message}; ${error.mend}` : (error as Error).message };
  }
}

/** The k rows of highest cosine. Ties: the earlier passage first. */
export function nearest(
  question: Float32Array,
  { rows, columns, values }: Matrix,
  ids: readonly string[],
  k: number,
): { id: string; score: number }[] {
  if (question.length !== columns)
    throw new Error(`the question's vector has ${question.length} dimensions, the corpus has ${columns}`);
  if (ids.length !== rows) throw new Error(`${rows} vectors for ${ids.length} passages`);
  const length = Math.hypot(...question);
  const scores = ids.map((id, row) => {
    let product = 0;
    let square = 0;
    for (let column = 0; column < columns; column += 1) {
      const value = values[row * columns + column]!;
      product += value * question[column]!;
      square += value * value;
    }
    return { id, score: product / (Math.sqrt(square) * length || 1) };
  });
  return scores.sort((a, b) => b.score - a.score).slice(0, k);
}

/** A model that is being loaded is waited for so long. */
const READY_WITHIN_MS = 60_000;
const ASK_AGAIN_MS = 3_000;

async function tunedVector(
  aws: AwsClients,
  progress: Progress,
  text: string,
  deadline = Date.now() + READY_WITHIN_MS,
): Promise<Float32Array> {
  const { endpoint } = progress;
  if (!endpoint) throw new AttuneError('NotAvailable', 'this run has no endpoint', 'submit it with a deploy section');
  try {
    const { Body } = await aws.runtime().send(
      new InvokeEndpointCommand({
        EndpointName: endpoint.name,
        ContentType: 'application/json',
        Accept: 'application/json',
        Body: JSON.stringify({ inputs: text, kind: 'query' }),
      }),
    );
    const [vector] = JSON.parse(Buffer.from(Body).toString('utf8')) as number[][];
    return Float32Array.from(vector!);
  } catch (error) {
    const doing = `asking endpoint ${endpoint.name}`;
    const refusal = refusalOf(error);
    if (refusal !== undefined)
      throw new AttuneError('InvalidRequest', `${doing}: ${refusal}`, undefined, { cause: error });
    if (!isWithoutModel(error)) throw fromAws(error, doing);
    if (Date.now() < deadline) {
      await sleep(ASK_AGAIN_MS);
      return tunedVector(aws, progress, text, deadline);
    }
    const why = `${doing}: no model answers (${(error as Error).message.slice(0, 300)})`;
    throw new AttuneError('Unavailable', why, "try again in a minute; if it persists, read the endpoint's log", {
      cause: error,
    });
  }
}

function evaluatedFilesOf(progress: Progress): ReturnType<typeof filesOf> {
  const { workflowId, artifacts, stage } = progress;
  const folder = folderIn(progress);
  if (folder !== undefined && artifacts['report']) return filesOf({ folder });
  throw new AttuneError(
    'NotAvailable',
    `${workflowId} is not evaluated yet: it is at ${stage}`,
    `follow it: attune watch ${workflowId}`,
  );
}

async function passagesOf(
  corpus: string,
  wanted: ReadonlySet<string>,
): Promise<Map<string, { title: string; text: string }>> {
  const found = new Map<string, { title: string; text: string }>();
  for await (const line of createInterface({ input: createReadStream(corpus), crlfDelay: Infinity })) {
    if (found.size === wanted.size) break;
    if (!line) continue;
    const { _id, title = '', text } = JSON.parse(line) as { _id: string; title?: string; text: string };
    if (wanted.has(_id)) found.set(_id, { title, text });
  }
  return found;
}

const idsOf = (side: Ranked): string[] => ('ranking' in side ? side.ranking.map(({ id }) => id) : []);

const withTexts = (side: Ranked, passages: Map<string, { title: string; text: string }>): Side =>
  'why' in side
    ? side
    : {
        hits: side.ranking.map(({ id, score }, i) => ({
          rank: i + 1,
          id,
          score,
          ...(passages.get(id) ?? { title: '', text: '' }),
        })),
      };
