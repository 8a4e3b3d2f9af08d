import { expect, test } from 'vitest';
import { approve } from '../../src/run/messages.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { untilProgress, withLoop } from '../support/loop.js';

const outputKmsKeyId = 'alias/attune';
const guard = {
  name: 'general',
  corpus: 's3://test-bucket/general/corpus.jsonl',
  queries: 's3://test-bucket/general/queries.jsonl',
  qrels: 's3://test-bucket/general/test.tsv',
};

test("whatever a run writes into S3 is under the spec's key: scripts, records, copies, the decision", async () => {
  const sageMaker = new FakeSageMaker().withTrialMetrics(0.6, 0.66);
  const { s3 } = sageMaker;
  for (const file of [guard.corpus, guard.queries, guard.qrels]) s3.put(file, '{}');
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({
      encryption: { outputKmsKeyId },
      tune: { trials: 2, parallel: 2 },
      gate: { guards: [guard] },
      deploy: { approval: 'required' },
    });
    await untilProgress(run, ({ status }) => status === 'waitingForApproval');
    await run.executeUpdate(approve, { args: [{ by: 'R. Imai' }] });
    expect((await run.result()).status).toBe('done');
  });

  const names = [...s3.keys.keys()].map((uri) => uri.replace(/.*\/([^/]+\/[^/]+)$/, '$1'));
  for (const name of [
    'tuning/trials.json',
    'package/manifest.json',
    'evaluation/report.html',
    'deployment/approval.json',
    'deployment/verification.json',
    'general/corpus.jsonl',
  ])
    expect(names).toContain(name);
  expect(names.join()).toMatch(/[0-9a-f]{16}\/model\.tar\.gz/);
  expect(names.join()).toMatch(/spec\.json.*last-decided\.json/);
  expect(new Set(s3.keys.values())).toEqual(new Set([outputKmsKeyId]));
});
