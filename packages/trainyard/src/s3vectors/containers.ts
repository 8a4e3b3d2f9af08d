/**
 * Vector buckets and the indexes in them: made, looked at, listed, removed.
 * @module
 */
import { seconds, type Context, type Operations } from '../context.js';
import { invalid } from '../errors.js';
import {
  bucketArnOf,
  bucketOf,
  conflict,
  indexArnOf,
  indexOf,
  keyOf,
  pageOf,
  requireName,
  type BucketRecord,
  type IndexRecord,
  type NamesBucket,
  type NamesIndex,
} from './place.js';
import type { VectorFiles } from './vectorFiles.js';

interface Paged {
  maxResults?: number;
  nextToken?: string;
  prefix?: string;
}

/** Of a page of buckets, and of indexes. */
const MOST_LISTED = 500;

export const containerOperations = (files: VectorFiles): Operations => ({
  CreateVectorBucket(input: { vectorBucketName: string; encryptionConfiguration?: object; tags?: object }, context) {
    const { vectorBucketName, encryptionConfiguration } = input;
    requireName('vectorBucketName', vectorBucketName);
    withoutTags(input);
    if (context.store.get('vector-bucket', vectorBucketName))
      throw conflict('A vector bucket with the specified name already exists');
    const bucket: BucketRecord = { vectorBucketName, createdMs: context.now(), encryptionConfiguration };
    context.store.put('vector-bucket', vectorBucketName, bucket);
    return { vectorBucketArn: bucketArnOf(context, vectorBucketName) };
  },

  GetVectorBucket(input: NamesBucket, context) {
    const { encryptionConfiguration = { sseType: 'AES256' }, ...bucket } = bucketOf(context, input);
    return { vectorBucket: { ...bucketSummary(context, bucket), encryptionConfiguration } };
  },

  ListVectorBuckets({ prefix = '', maxResults = MOST_LISTED, nextToken }: Paged, context) {
    const all = context.store
      .list<BucketRecord>('vector-bucket')
      .filter(({ vectorBucketName: name }) => name.startsWith(prefix));
    const { page, ...next } = pageOf(all, ({ vectorBucketName }) => vectorBucketName, { maxResults, nextToken });
    return { vectorBuckets: page.map((bucket) => bucketSummary(context, bucket)), ...next };
  },

  DeleteVectorBucket(input: NamesBucket, context) {
    const { vectorBucketName } = bucketOf(context, input);
    if (indexesIn(context, vectorBucketName).length > 0) throw conflict('The specified vector bucket is not empty');
    context.store.delete('vector-bucket', vectorBucketName);
    return {};
  },

  CreateIndex(input: CreateIndexInput, context) {
    const { vectorBucketName } = bucketOf(context, input);
    const { indexName, dataType, dimension, distanceMetric, metadataConfiguration, encryptionConfiguration } = input;
    requireName('indexName', indexName);
    withoutTags(input);
    if (metadataConfiguration?.textSearchConfigurations)
      throw invalid('metadataConfiguration.textSearchConfigurations: the local S3 Vectors has no search of texts.');
    const index: IndexRecord = {
      ...{ vectorBucketName, indexName, createdMs: context.now(), dataType, dimension, distanceMetric },
      ...{ metadataConfiguration, encryptionConfiguration },
    };
    if (context.store.get('vector-index', keyOf(index)))
      throw conflict('An index with the specified name already exists');
    files.remove(index); // of one that was removed while the server was killed
    context.store.put('vector-index', keyOf(index), index);
    return { indexArn: indexArnOf(context, index) };
  },

  GetIndex(input: NamesIndex, context) {
    const found = indexOf(context, input);
    const { dataType, dimension, distanceMetric, metadataConfiguration, encryptionConfiguration } = found;
    return {
      index: {
        ...indexSummary(context, found),
        ...{ dataType, dimension, distanceMetric, metadataConfiguration, indexMode: 'CLASSIC' },
        encryptionConfiguration: encryptionConfiguration ?? { sseType: 'AES256' },
      },
    };
  },

  ListIndexes({ prefix = '', maxResults = MOST_LISTED, nextToken, ...bucket }: Paged & NamesBucket, context) {
    const all = indexesIn(context, bucketOf(context, bucket).vectorBucketName).filter(({ indexName }) =>
      indexName.startsWith(prefix),
    );
    const { page, ...next } = pageOf(all, ({ indexName }) => indexName, { maxResults, nextToken });
    return { indexes: page.map((index) => indexSummary(context, index)), ...next };
  },

  DeleteIndex(input: NamesIndex, context) {
    const index = indexOf(context, input);
    context.store.delete('vector-index', keyOf(index));
    files.remove(index);
    return {};
  },
});

interface CreateIndexInput extends Omit<IndexRecord, 'createdMs' | 'vectorBucketName'>, NamesBucket {
  metadataConfiguration?: { nonFilterableMetadataKeys?: string[]; textSearchConfigurations?: object[] };
  tags?: object;
}

function withoutTags({ tags }: { tags?: object }): void {
  if (tags !== undefined) throw invalid('tags: the local S3 Vectors has none.');
}

const indexesIn = ({ store }: Context, bucket: string): IndexRecord[] =>
  store.list<IndexRecord>('vector-index').filter(({ vectorBucketName }) => vectorBucketName === bucket);

const bucketSummary = (context: Context, { vectorBucketName, createdMs }: BucketRecord) => ({
  vectorBucketName,
  vectorBucketArn: bucketArnOf(context, vectorBucketName),
  creationTime: seconds(createdMs),
});

const indexSummary = (context: Context, index: IndexRecord) => ({
  vectorBucketName: index.vectorBucketName,
  indexName: index.indexName,
  indexArn: indexArnOf(context, index),
  creationTime: seconds(index.createdMs),
});
