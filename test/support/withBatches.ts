/**
 * Runs whose questions are written in batch jobs, over fakes of SageMaker and Bedrock.
 * @module
 */
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import type { Progress } from '../../src/run/progress.js';
import { FakeBedrock } from './fakeBedrock.js';
import { FakeSageMaker } from './fakeSageMaker.js';
import { jobScripts, smallSpec, type Run } from './loop.js';
import { withWorker, type Bench } from './withWorker.js';

export type Questions = NonNullable<FineTuneSpecInput['data']['questions']>;

export const MODEL = 'amazon.nova-lite-v1:0';
export const PASSAGES = 120;

export interface Batches extends Bench {
  sageMaker: FakeSageMaker;
  bedrock: FakeBedrock;
  ask(changes?: Partial<Questions>, more?: Partial<FineTuneSpecInput>): Promise<Run>;
}

/** @param arrange  what Bedrock does */
export async function withBatches(
  body: (batches: Batches) => Promise<void>,
  arrange: (bedrock: FakeBedrock) => void = () => undefined,
  sageMaker = new FakeSageMaker().withPassages(4, PASSAGES / 4),
): Promise<void> {
  sageMaker.s3.put('s3://test-bucket/docs/page.md', '# Page\n');
  const bedrock = new FakeBedrock(sageMaker.s3);
  arrange(bedrock);
  const deps = { ...(sageMaker.clients as object), ...(bedrock.clients as object), pythonDir: jobScripts };
  await withWorker(deps, (bench) => {
    const ask: Batches['ask'] = (changes = {}, more = {}) => {
      const questions: Questions = {
        model: `bedrock:${MODEL}`,
        batch: 'always',
        price: { input: 1, output: 2 },
        ...changes,
      };
      const data = { documents: 's3://test-bucket/docs/', questions };
      return bench.start('fineTune', [smallSpec({ data, deploy: false, ...more })]) as Promise<Run>;
    };
    return body({ ...bench, sageMaker, bedrock, ask });
  });
}

export const batchesOf = (run: Progress) => run.jobs.filter(({ kind }) => kind === 'batch');
