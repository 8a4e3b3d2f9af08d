import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { recordedRuns, type Records } from '../../../src/client/runs/recorded.js';
import { freshProgress } from '../../../src/run/progress.js';
import { FakeS3 } from '../../support/fakeS3.js';

const RUNS = 200;

/** Runs of one name that only S3 tells of; counts what is read. */
function manyRecords(): { records: Records; reads: () => number } {
  const s3 = new FakeS3();
  for (let n = 0; n < RUNS; n += 1) {
    const run = n.toString(16).padStart(8, '0');
    const record = `s3://runs/attune/search/${run}/run.json`;
    const workflowId = `finetune/search/${run}`;
    const stage = { stage: 'done' as const, startedAt: '2026-01-05T09:00:00.000Z' };
    s3.put(record, JSON.stringify({ ...freshProgress(workflowId, 'search'), runId: `r-${run}`, timeline: [stage] }));
    s3.put(`s3://runs/attune/_runs/names/search/${run}.json`, JSON.stringify({ version: 1, workflowId, record }));
  }
  let reads = 0;
  const send = (command: object): Promise<unknown> => {
    if (command instanceof GetObjectCommand) reads += 1;
    return s3.send(command as never);
  };
  const settings = { bucket: 'runs', prefix: 'attune' };
  return { records: { s3: () => ({ send }) as never, settings, seen: new Map() }, reads: () => reads };
}

test('of many runs that only S3 tells of, those that are shown are read, and each once', async () => {
  const { records, reads } = manyRecords();

  expect(await recordedRuns(records, { limit: 50 })).toHaveLength(50);
  expect(reads()).toBe(100); // a pointer and a record each

  await recordedRuns(records, { limit: 50 });
  expect(reads()).toBe(100);
});

test('of runs that Temporal knows nothing is read, and one that it has forgotten since is told', async () => {
  const { records, reads } = manyRecords();
  const all = await recordedRuns(records, { limit: RUNS });
  const before = reads();
  const named = all.slice(0, 150).map((run) => ({ ...run, runId: `0000-${run.runId.slice(2)}` }));

  const others = await recordedRuns({ ...records, seen: new Map() }, { limit: 10 }, named);
  expect(others.map(({ workflowId }) => workflowId)).toEqual(all.slice(150, 160).map(({ workflowId }) => workflowId));
  expect(reads() - before).toBe(20);

  const reset = all.map((run) => ({ ...run, runId: 'of-another-execution' }));
  expect(await recordedRuns(records, { limit: 10 }, reset)).toEqual([]);
  expect(await recordedRuns(records, { limit: 10 })).toHaveLength(10);
});
