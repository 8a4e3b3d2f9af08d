/**
 * The buckets of the local stack: of objects, and of vectors.
 * @module
 */
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateVectorBucketCommand, S3VectorsClient } from '@aws-sdk/client-s3vectors';
import type { StackDescription } from './environment.js';

/** Of a person's own profile nothing may be heeded here: neither reaches a server of this machine. */
const ownOf = ({ aws }: StackDescription) => ({
  region: aws.region,
  credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey },
  useFipsEndpoint: false,
  useDualstackEndpoint: false,
});

export async function makeBucket(stack: StackDescription): Promise<void> {
  const s3 = new S3Client({ ...ownOf(stack), endpoint: stack.aws.s3, forcePathStyle: true });
  try {
    await s3.send(new HeadBucketCommand({ Bucket: stack.bucket }));
  } catch (error) {
    if ((error as Error).name !== 'NotFound') throw error;
    await s3.send(new CreateBucketCommand({ Bucket: stack.bucket }));
  } finally {
    s3.destroy();
  }
}

/** Of the same name. */
export async function makeVectorBucket(stack: StackDescription): Promise<void> {
  const s3Vectors = new S3VectorsClient({ ...ownOf(stack), endpoint: stack.aws.sagemaker });
  try {
    await s3Vectors.send(new CreateVectorBucketCommand({ vectorBucketName: stack.bucket }));
  } catch (error) {
    if ((error as Error).name !== 'ConflictException') throw error;
  } finally {
    s3Vectors.destroy();
  }
}
