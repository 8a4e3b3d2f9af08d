/**
 * Real work that takes seconds: a domain and a base model small enough that training is quick, always wins, and always gives
 * the same weights.
 * @module
 */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTool, projectRoot } from '../../src/dev/toolchain/findTool.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';

/** Makes the domain in a folder, uploads it, and names what a spec over it says. */
export async function uploadSmallDomain(
  s3: S3Client,
  bucket: string,
  folder: string,
): Promise<Pick<FineTuneSpecInput, 'data'> & Partial<FineTuneSpecInput>> {
  await promisify(execFile)(findTool('python'), [join(projectRoot, 'test', 'support', 'small_domain.py'), folder]);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    const Key = `domain/${path.slice(folder.length + 1)}`;
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: readFileSync(path) }));
  }
  return {
    data: { pairs: `s3://${bucket}/domain/pairs.jsonl` },
    base: `s3://${bucket}/domain/base/`,
    train: { epochs: 5, learningRate: 0.05, batchSize: 32 },
    gate: { minQuestions: 10 },
  };
}
