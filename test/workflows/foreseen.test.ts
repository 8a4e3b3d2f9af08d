/**
 * What the gate must refuse whatever is trained ends the run before the training is paid for.
 */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { withLoop } from '../support/loop.js';

test('too few test questions: unproven after prepare, in the words of the gate and with what would help', async () => {
  await withLoop(new FakeSageMaker().withQuestions(40, 40, 360), async ({ startRun }) => {
    const { status, decision, stage, reasons, jobs } = await (await startRun()).result();

    expect({ status, decision, stage }).toEqual({ status: 'rejected', decision: 'unproven', stage: 'gate' });
    expect(reasons).toEqual([
      '40 test questions, all by people, decide nothing: at least 100 are needed',
      'it would help to set data.split.test: 0.25 (there are 400 questions in all), to give more questions, or to lower gate.minQuestions',
    ]);
    expect(jobs.map((job) => job.stage)).toEqual(['prepare']);
  });
});

test('enough questions, or fewer that the gate asks for: the run goes on', async () => {
  await withLoop(new FakeSageMaker().withQuestions(40, 2, 360), async ({ startRun }) => {
    const run = await startRun({ deploy: false, gate: { minQuestions: 40, minGroups: 2 } });

    expect((await run.result()).status).toBe('done');
  });
});

test.each([1, 9])(
  '200 questions of %d groups prove nothing: unproven before the training is paid for',
  async (groups) => {
    await withLoop(new FakeSageMaker().withQuestions(200, groups, 800), async ({ startRun }) => {
      const { status, decision, reasons, jobs } = await (await startRun({ deploy: false })).result();

      expect({ status, decision }).toEqual({ status: 'rejected', decision: 'unproven' });
      expect(reasons[0]).toMatch(
        /^test questions of (one group|9 groups) decide nothing: .* at least 10 groups are needed$/,
      );
      expect(reasons[1]).toContain('lower gate.minGroups');
      expect(jobs).toHaveLength(1);
    });
  },
);

test.each([
  ['refuse', 29, 'rejected'],
  ['refuse', 30, 'done'],
  ['allow', 29, 'done'],
] as const)('a guard with inconclusive: %s and %d questions: %s', async (inconclusive, count, ends) => {
  await withLoop(new FakeSageMaker().withQuestions(200, 200, 800), async ({ startRun, sageMaker: { s3 } }) => {
    const lines = Array.from({ length: count }, (_, n) => `q${n}\td1\t1\nq${n}\td2\t1\n`);
    s3.put('s3://test-bucket/guard/corpus.jsonl', '{}\n');
    s3.put('s3://test-bucket/guard/queries.jsonl', '{}\n');
    s3.put(
      's3://test-bucket/guard/test.tsv.gz',
      gzipSync(['query-id\tcorpus-id\tscore\n', ...lines, 'unjudged\td1\t0\n'].join('')),
    );
    const guard = {
      name: 'old',
      corpus: 's3://test-bucket/guard/corpus.jsonl',
      queries: 's3://test-bucket/guard/queries.jsonl',
      qrels: 's3://test-bucket/guard/test.tsv.gz',
      inconclusive,
    };

    const { status, reasons } = await (await startRun({ deploy: false, gate: { guards: [guard] } })).result();

    expect(status).toBe(ends);
    if (ends === 'rejected') expect(reasons[0]).toContain('guard old: inconclusive, 29 questions cannot tell');
  });
});
