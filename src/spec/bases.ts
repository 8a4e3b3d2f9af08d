/**
 * How a base model is named, and what is known beforehand of the usual base models: vector size, layers and the longest
 * text they can read, from each model's config.json (hidden_size, num_hidden_layers, max_position_embeddings less the padding
 * offset), and its parameters,
 * from the header of its safetensors file. An unknown base is checked by the prepare job.
 * @module
 */
import { nearest } from './keys.js';
import { isLocalBase } from './sources.js';

export interface BaseModel {
  dimensions: number;
  layers: number;
  maxSeqLength: number;
  /** Millions. The endpoint holds each in four bytes. */
  parameters: number;
}

const BASES: Record<string, BaseModel> = {
  'sentence-transformers/all-MiniLM-L6-v2': { dimensions: 384, layers: 6, maxSeqLength: 512, parameters: 22.7 },
  'sentence-transformers/all-MiniLM-L12-v2': { dimensions: 384, layers: 12, maxSeqLength: 512, parameters: 33.4 },
  'sentence-transformers/multi-qa-MiniLM-L6-cos-v1': {
    dimensions: 384,
    layers: 6,
    maxSeqLength: 512,
    parameters: 22.7,
  },
  'sentence-transformers/all-mpnet-base-v2': { dimensions: 768, layers: 12, maxSeqLength: 512, parameters: 109.5 },
  'sentence-transformers/multi-qa-mpnet-base-dot-v1': {
    dimensions: 768,
    layers: 12,
    maxSeqLength: 512,
    parameters: 109.5,
  },
  'BAAI/bge-small-en-v1.5': { dimensions: 384, layers: 12, maxSeqLength: 512, parameters: 33.4 },
  'BAAI/bge-base-en-v1.5': { dimensions: 768, layers: 12, maxSeqLength: 512, parameters: 109.5 },
  'BAAI/bge-large-en-v1.5': { dimensions: 1024, layers: 24, maxSeqLength: 512, parameters: 335.1 },
  'intfloat/e5-small-v2': { dimensions: 384, layers: 12, maxSeqLength: 512, parameters: 33.4 },
  'intfloat/e5-base-v2': { dimensions: 768, layers: 12, maxSeqLength: 512, parameters: 109.5 },
  'intfloat/multilingual-e5-small': { dimensions: 384, layers: 12, maxSeqLength: 512, parameters: 117.7 },
  'intfloat/multilingual-e5-base': { dimensions: 768, layers: 12, maxSeqLength: 512, parameters: 278.0 },
  'intfloat/multilingual-e5-large': { dimensions: 1024, layers: 24, maxSeqLength: 512, parameters: 559.9 },
};

/** The known base that was probably meant by a name near to it, also without its owner. */
export function nearestBase(base: string): string | undefined {
  const [model, names] = [modelOf(base), Object.keys(BASES)];
  if (!isHubBase(base) || names.includes(model)) return undefined;
  const bare = (name: string): string => name.split('/').at(-1)!;
  const meant = nearest(model, names) ?? nearest(bare(model), names.map(bare));
  return names.find((name) => name === meant || bare(name) === meant);
}

/** Models that a provider serves and gives nobody the weights of: there is nothing to fit. */
const SERVED_ONLY =
  /^(openai\/)?text-embedding-(3|ada|004|005|gecko)|^(voyageai\/)?voyage-|^(cohere[./])?embed-(english|multilingual|v\d)|^amazon\.titan-embed|^(google\/)?gemini-embedding|^mistral-embed/i;

export const isServedOnly = (base: string): boolean => isHubBase(base) && SERVED_ONLY.test(base);

export function knownBase(base: string): BaseModel | undefined {
  const model = modelOf(base);
  return Object.hasOwn(BASES, model) ? BASES[model] : undefined;
}

/** `owner/name`, or with a branch, tag or commit: `owner/name@revision`. */
export const isHubBase = (base: string): boolean =>
  /^[\w.-]+(\/[\w.-]+)?(@[\w./-]+)?$/.test(base) && !isLocalBase(base);

/** A hub id without its revision; any other base as it is. */
export const modelOf = (base: string): string => (isHubBase(base) ? base.split('@')[0]! : base);

/** The commit that a hub id is pinned to; undefined for a branch or a tag, which move. */
export const commitIn = (base: string): string | undefined =>
  isHubBase(base) ? /@([0-9a-f]{40})$/.exec(base)?.[1] : undefined;
