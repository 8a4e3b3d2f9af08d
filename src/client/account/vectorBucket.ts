/**
 * Whether the vector bucket that a spec keeps its index in is there.
 * @module
 */
import { GetVectorBucketCommand, type S3VectorsClient } from '@aws-sdk/client-s3vectors';
import { unlessGone } from '../../aws/errors.js';
import { AttuneError } from '../../spec/attuneError.js';
import { makesVectorBucket } from '../../vectorStore/s3vectors/place.js';
import { fromAws } from '../aws.js';
import { looked, NotOfThisServer, type Finding } from './finding.js';

/** @param bucket  its name */
export async function vectorBucketFindings(
  client: Pick<S3VectorsClient, 'send'>,
  bucket: string,
  region: string,
): Promise<Finding[]> {
  const asked = client.send(new GetVectorBucketCommand({ vectorBucketName: bucket }));
  let answered: () => string;
  try {
    const found = await unlessGone(asked);
    answered = () => {
      if (found) return `vector bucket ${bucket} in ${region}`;
      throw new AttuneError('NotFound', `vector bucket ${bucket} is not in ${region}`, makesVectorBucket(bucket));
    };
  } catch (error) {
    if (error instanceof NotOfThisServer) return [];
    answered = () => {
      throw fromAws(error, `looking at vector bucket ${bucket}`);
    };
  }
  return [await looked('index', answered)];
}
