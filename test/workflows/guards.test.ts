import { expect, test } from 'vitest';
import { FakeSageMaker, type FakeEvaluation } from '../support/fakeSageMaker.js';
import { withLoop, type Loop } from '../support/loop.js';

const files = {
  corpus: 's3://test-bucket/general/corpus.jsonl',
  queries: 's3://test-bucket/general/queries.jsonl',
  qrels: 's3://test-bucket/general/test.tsv',
};

/** A loop whose candidate does so on a guard set of the spec. */
async function guarded(onGuards: FakeEvaluation['onGuards'], body: (loop: Loop) => Promise<void>): Promise<void> {
  const sageMaker = new FakeSageMaker().withEvaluation({ onGuards });
  for (const uri of Object.values(files)) sageMaker.s3.put(uri, '{}');
  const judged = Array.from({ length: 200 }, (_, i) => `q${i}\td${i}\t1`);
  sageMaker.s3.put(files.qrels, ['query-id\tcorpus-id\tscore', ...judged].join('\n'));
  await withLoop(sageMaker, body);
}

test('a candidate that holds its guards goes into service, and the guards are told', async () => {
  await guarded([-0.01, 0, 0.01], async ({ startRun }) => {
    const run = await startRun({ gate: { guards: [{ name: 'general', ...files }] } });

    const result = await run.result();

    expect(result).toMatchObject({ status: 'done', decision: 'passed' });
    expect(result.guards).toMatchObject([
      { name: 'general', verdict: 'held', against: 'base', mayLose: expect.closeTo(0.014) as number },
    ]);
  });
});

test('a candidate that is better on its own questions and worse on a guard is refused, and what serves stays', async () => {
  await guarded([-0.2, -0.1, -0.05], async ({ startRun, sageMaker }) => {
    const name = 'guarded-search';
    const config = await sageMaker.serving(name);

    const result = await (await startRun({ name, gate: { guards: [{ name: 'general', ...files }] } })).result();

    expect(result).toMatchObject({ status: 'rejected', decision: 'rejected' });
    expect(result.guards).toMatchObject([{ verdict: 'lost', against: 'incumbent' }]);
    expect(result.reasons.at(-1)).toMatch(/^guard general: ndcg@10 −0\.100 against the incumbent .*: worse/);
    expect(sageMaker.endpoints()).toEqual([{ name, status: 'InService', configName: config }]);
  });
});

test('a guard that cannot tell is shown and refuses only where the spec asks for proof', async () => {
  await guarded([-0.2, -0.05, 0.1], async ({ startRun }) => {
    const allowed = await startRun({ gate: { guards: [{ name: 'general', ...files }] } });
    const asked = await startRun({ gate: { guards: [{ name: 'general', ...files, inconclusive: 'refuse' }] } });

    const [passed, refused] = [await allowed.result(), await asked.result()];

    expect([passed.status, refused.status]).toEqual(['done', 'rejected']);
    for (const { guards, reasons } of [passed, refused]) {
      expect(guards).toMatchObject([{ verdict: 'inconclusive' }]);
      expect(reasons.at(-1)).toContain('200 questions cannot tell');
    }
  });
});
