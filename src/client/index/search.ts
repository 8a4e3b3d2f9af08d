/**
 * A search through the pair in service: the question is embedded by the endpoint that the pointer names and looked for in the version
 * that it names, both from one look at the pointer. Whoever switches meanwhile, no question meets the other model's index.
 * @module
 */
import type { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { setTimeout as sleep } from 'node:timers/promises';
import { embedded } from '../../aws/embedding.js';
import { inWords, isNotFound } from '../../aws/errors.js';
import { isWithoutModel, refusalOf } from '../../aws/modelAnswers.js';
import { AttuneError } from '../../spec/attuneError.js';
import { isGone, StoreError } from '../../vectorStore/errors.js';
import type { Hit, VectorStore } from '../../vectorStore/store.js';
import { fromAws } from '../aws.js';

export interface SearchAnswer {
  /** Name of the index. */
  index: string;
  /** That was searched, and the endpoint that embedded the question for it. */
  version: string;
  endpoint: string;
  hits: Hit[];
}

export interface SearchOptions {
  /** Documents at most. Default 10. */
  k?: number;
  /** How long a store or an endpoint that does not answer is asked again. Default 30,000 ms. */
  patienceMs?: number;
}

export interface Searched {
  store: VectorStore;
  runtime: Pick<SageMakerRuntimeClient, 'send'>;
  index: string;
}

const PATIENCE_MS = 30_000;
const AGAIN_MS = 100;
const LONGEST_MS = 2_000;
/** Also the last try may take so long. */
const LEAST_MS = 1_000;

/** @throws AttuneError in words: no version serves, the endpoint refuses the question, or nothing answers in time */
export async function search(
  searched: Searched,
  question: string,
  { k = 10, patienceMs = PATIENCE_MS }: SearchOptions = {},
): Promise<SearchAnswer> {
  const deadline = Date.now() + patienceMs;
  for (let pauseMs = AGAIN_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_MS)) {
    try {
      return await within(deadline - Date.now(), searched.index, searchOnce(searched, question, k));
    } catch (error) {
      if (!mayPass(error) || Date.now() + pauseMs > deadline) throw toldTo(error, searched.index);
      await sleep(pauseMs);
    }
  }
}

/** What hangs is left to the limits of the store and of the client. */
async function within<T>(ms: number, index: string, asked: Promise<T>): Promise<T> {
  const answered = new AbortController();
  const late = sleep(Math.max(ms, LEAST_MS), undefined, { signal: answered.signal }).then(() => {
    throw new StoreError('Unavailable', `searching index ${index}: neither store nor endpoint has answered in time`);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    answered.abort();
  }
}

async function searchOnce({ store, runtime, index }: Searched, question: string, k: number): Promise<SearchAnswer> {
  const pointer = await store.pointer(index);
  if (pointer === undefined) {
    throw new AttuneError('NotAvailable', `index ${index} has no version in service`, 'follow the run: attune watch');
  }
  const { version } = pointer;
  const { endpoint, dimensions } = version;
  const [vector] = await embedded(runtime, { endpoint, texts: [question], kind: 'query', dimensions });
  const hits = await store.search(version, vector!, k);
  return { index, version: version.version, endpoint, hits };
}

/** What is gone was retired since the pointer was read: the next look names another pair. */
const mayPass = (error: unknown): boolean =>
  error instanceof StoreError
    ? error.type === 'Unavailable' || isGone(error)
    : isWithoutModel(error) || isNotFound(error) || isUnanswered(error);

const isUnanswered = (error: unknown): boolean => ['Unavailable', 'Throttled'].includes(inWords(error, '')?.type ?? '');

function toldTo(error: unknown, index: string): unknown {
  if (error instanceof StoreError) return new AttuneError(error.type, error.message, error.mend, { cause: error });
  const doing = `searching index ${index}`;
  const refusal = refusalOf(error);
  if (refusal !== undefined)
    return new AttuneError('InvalidRequest', `${doing}: ${refusal}`, undefined, { cause: error });
  return fromAws(error, doing);
}
