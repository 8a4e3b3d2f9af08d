/**
 * What is known beforehand of the usual base models: vector size, layers and the longest text they can read, from each
 * model's config.json (hidden_size, num_hidden_layers, max_position_embeddings less the padding offset). An unknown base is checked by the prepare job.
 * @module
 */
export interface BaseModel {
  dimensions: number;
  layers: number;
  maxSeqLength: number;
}

const BASES: Record<string, BaseModel> = {
  'sentence-transformers/all-MiniLM-L6-v2': { dimensions: 384, layers: 6, maxSeqLength: 512 },
  'sentence-transformers/all-MiniLM-L12-v2': { dimensions: 384, layers: 12, maxSeqLength: 512 },
  'sentence-transformers/multi-qa-MiniLM-L6-cos-v1': { dimensions: 384, layers: 6, maxSeqLength: 512 },
  'sentence-transformers/all-mpnet-base-v2': { dimensions: 768, layers: 12, maxSeqLength: 512 },
  'sentence-transformers/multi-qa-mpnet-base-dot-v1': { dimensions: 768, layers: 12, maxSeqLength: 512 },
  'BAAI/bge-small-en-v1.5': { dimensions: 384, layers: 12, maxSeqLength: 512 },
  'BAAI/bge-base-en-v1.5': { dimensions: 768, layers: 12, maxSeqLength: 512 },
  'BAAI/bge-large-en-v1.5': { dimensions: 1024, layers: 24, maxSeqLength: 512 },
  'BAAI/bge-m3': { dimensions: 1024, layers: 24, maxSeqLength: 8192 },
  'intfloat/e5-small-v2': { dimensions: 384, layers: 12, maxSeqLength: 512 },
  'intfloat/e5-base-v2': { dimensions: 768, layers: 12, maxSeqLength: 512 },
  'intfloat/multilingual-e5-small': { dimensions: 384, layers: 12, maxSeqLength: 512 },
  'intfloat/multilingual-e5-base': { dimensions: 768, layers: 12, maxSeqLength: 512 },
  'intfloat/multilingual-e5-large': { dimensions: 1024, layers: 24, maxSeqLength: 512 },
};

export const knownBase = (base: string): BaseModel | undefined =>
  Object.hasOwn(BASES, base) ? BASES[base] : undefined;
