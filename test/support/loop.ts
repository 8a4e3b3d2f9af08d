/**
 * A run of the whole loop in a test: a small spec, a fake SageMaker, timings in milliseconds.
 * @module
 */
import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { fileURLToPath } from 'node:url';
import { list, type RunSummary } from '../../src/client/runs/list.js';
import type { Records } from '../../src/client/runs/recorded.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import type { fineTune } from '../../src/workflows/index.js';
import { progress } from '../../src/run/messages.js';
import type { Progress } from '../../src/run/progress.js';
import type { FakeSageMaker } from './fakeSageMaker.js';
import { withWorker, type Bench } from './withWorker.js';

export type Run = WorkflowHandleWithFirstExecutionRunId<typeof fineTune>;

export interface Loop extends Bench {
  sageMaker: FakeSageMaker;
  startRun(changes?: Partial<FineTuneSpecInput>, options?: { workflowId?: string }): Promise<Run>;
}

export const jobScripts = fileURLToPath(new URL('../fixtures/job-scripts', import.meta.url));

let names = 0;
/** A name of its own for each run: endpoints are shared by name on the tests' server. */
export const smallSpec = (changes: Partial<FineTuneSpecInput> = {}): FineTuneSpecInput => ({
  apiVersion: 'attune/v1',
  name: `t${process.pid}-${(names += 1)}`,
  data: { pairs: 's3://test-bucket/pairs.jsonl' },
  compute: { train: { instanceType: 'ml.m5.xlarge' }, evaluate: { instanceType: 'ml.m5.xlarge' } },
  timings: { pollSeconds: 0.03, freshPollSeconds: 0.02, capacitySeconds: 0.1 },
  // Runs of one test have the same data, and are to run their jobs.
  reuse: false,
  ...changes,
});

export async function withLoop<T>(
  sageMaker: FakeSageMaker,
  body: (loop: Loop) => Promise<T>,
  options: Parameters<typeof withWorker>[2] = {},
): Promise<T> {
  sageMaker.s3.put('s3://test-bucket/pairs.jsonl', '{"query": "q", "document": "d"}\n');
  const deps = { ...(sageMaker.clients as object), pythonDir: jobScripts, variables: process.env };
  return withWorker(
    deps,
    (bench) =>
      body({
        ...bench,
        sageMaker,
        startRun: (changes, start) => bench.start<typeof fineTune>('fineTune', [smallSpec(changes)], start),
      }),
    options,
  );
}

/** Where the runs of a loop leave their records. */
export const recordsOf = ({ sageMaker }: Pick<Loop, 'sageMaker'>): Records => ({
  s3: () => sageMaker.s3 as never,
  settings: { bucket: 'test-bucket', prefix: 'attune' },
});

/** Waits for a state of the run, by its own query. */
export async function untilProgress(run: Run, reached: (now: Progress) => boolean): Promise<Progress> {
  for (;;) {
    const now = await run.query(progress);
    if (reached(now)) return now;
    await new Promise((resolve) => setTimeout(resolve, 20)); // between two queries
  }
}

/** The runs of a spec's name, once the list shows as many and all have ended: it lags behind the runs themselves. */
export async function untilListed(client: Client, name: string, count: number): Promise<RunSummary[]> {
  for (;;) {
    const runs = await list(client, () => '', { name });
    if (runs.length === count && runs.every(({ endedAt }) => endedAt)) return runs;
    await new Promise((resolve) => setTimeout(resolve, 20)); // between two looks
  }
}

/** Waits until something is so; the test's own time limit is the limit. */
export async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await so())) await new Promise((resolve) => setTimeout(resolve, 10)); // between two looks
}
