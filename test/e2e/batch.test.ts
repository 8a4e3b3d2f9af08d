/**
 * Questions in a batch job: the workers as a process against the local Bedrock's own batch operations. The language model alone is a
 * stand-in, because it is what takes time.
 */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import type { Run } from '../support/loop.js';
import { ModelServer } from '../support/modelServer.js';
import { readyPassages } from '../support/readyOutputs.js';

const PASSAGES = 120;
const folder = mkdtempSync(join(tmpdir(), 'attune-batch-'));
let instant: InstantStack;
let model: ModelServer;

beforeAll(async () => {
  model = await ModelServer.start();
  instant = await startInstantStack({ jobMs: 100, languageModel: model.program(folder) });
  const passages = join(instant.stateDir, 'outputs', 'questions');
  mkdirSync(passages, { recursive: true });
  for (const [name, content] of Object.entries(readyPassages(2, PASSAGES / 2)))
    writeFileSync(join(passages, name), content);
  const { bucket } = instant.stack.describe;
  await instant.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'pages/page.md', Body: '# Page\n' }));
});
afterAll(async () => {
  await instant?.stop();
  model?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** @param judge  asked twice about each passage */
function ask({ judge = false } = {}): Promise<Run> {
  const questions = {
    model: 'bedrock:amazon.nova-lite-v1:0',
    batch: 'always',
    judge,
    price: { input: 1, output: 2 },
  } as const;
  const documents = `s3://${instant.stack.describe.bucket}/pages/`;
  return instant.startRun({ data: { documents, questions }, deploy: false });
}

test('every passage is asked about once, in jobs of their own, and the run ends', async () => {
  const run = await (await ask({ judge: true })).result();

  expect(run.status).toBe('done');
  expect(run.jobs.filter(({ kind }) => kind === 'batch')).toMatchObject([
    { stage: 'questions', status: 'Completed', usd: 0 },
    { stage: 'questions', status: 'Completed', usd: 0 },
  ]);
  expect(Object.values(model.times)).toEqual(Array.from({ length: PASSAGES }, () => 2));
  expect(run.questions).toMatchObject({
    passages: PASSAGES,
    questions: PASSAGES,
    faults: 0,
    inputTokens: 0,
    inBatch: { inputTokens: 2 * 100 * PASSAGES, outputTokens: 2 * 20 * PASSAGES },
  });
});
