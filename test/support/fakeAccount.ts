/**
 * What the parts of the fake SageMaker share: an account with its roles, its objects in S3, and the tags of all that is in it.
 * @module
 */
import type { Tag } from '@aws-sdk/client-sagemaker';
import { awsError } from './awsError.js';
import { FakeS3 } from './fakeS3.js';

/** What runs in tests may take it on. */
export const ROLE = 'arn:aws:iam::000000000000:role/test';

export class FakeAccount {
  readonly s3 = new FakeS3();
  /** Those that SageMaker may take on. */
  readonly roles = new Set([ROLE]);
  /** Of every resource that is there, by its ARN. */
  private readonly tags = new Map<string, Tag[]>();

  /** Adds a resource. @returns its ARN */
  add(type: string, name: string, tags: Tag[] = []): string {
    const arn = arnOf(type, name);
    this.tags.set(arn, tags);
    return arn;
  }

  remove(type: string, name: string): void {
    this.tags.delete(arnOf(type, name));
  }

  tagsOf(arn: string): Tag[] {
    return this.tags.get(arn) ?? refuse(`Could not find resource "${arn}".`);
  }

  /** A key that is there already gets the new value. @returns all tags */
  addTags(arn: string, tags: readonly Tag[]): Tag[] {
    const merged = new Map([...this.tagsOf(arn), ...tags].map((tag) => [tag.Key, tag]));
    if (merged.size > 50) refuse(`The number of tags exceeds the limit: ${merged.size} on ${arn}, at most 50.`);
    this.tags.set(arn, [...merged.values()]);
    return [...merged.values()];
  }

  dropTags(arn: string, keys: readonly string[]): void {
    this.tags.set(
      arn,
      this.tagsOf(arn).filter(({ Key }) => !keys.includes(Key!)),
    );
  }

  requireRole(arn: string | undefined): void {
    if (this.roles.has(arn!)) return;
    refuse(
      `Could not assume role ${arn}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.`,
    );
  }

  requireInput(uri: string, roleArn: string | undefined): void {
    if (this.s3.has(uri)) return;
    refuse(
      `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in the ` +
        `selected region (us-east-1), that objects exist under that S3 prefix, and that the role "${roleArn}" has ` +
        '"s3:ListBucket" permissions on the bucket.',
    );
  }
}

/** ARNs carry names in lower case. */
export const arnOf = (type: string, name: string | undefined): string =>
  `arn:aws:sagemaker:us-east-1:000000000000:${type}/${name?.toLowerCase()}`;

export function refuse(message: string): never {
  throw awsError('ValidationException', message);
}
