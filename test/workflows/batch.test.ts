/**
 * Many questions in a batch job of Amazon Bedrock: half the price, one job, and nothing of it left when nobody wants it any more.
 */
import { expect, test } from 'vitest';
import { progress } from '../../src/run/messages.js';
import { awsError } from '../support/awsError.js';
import type { FakeBedrock } from '../support/fakeBedrock.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress } from '../support/loop.js';
import { questionShards } from '../support/questionShards.js';
import { batchesOf, MODEL, PASSAGES, withBatches, type Questions } from '../support/withBatches.js';

test('many questions are one job at half the price, and lie in the same shards', async () => {
  await withBatches(async (batches) => {
    const run = await (await batches.ask()).result();

    expect(run.status).toBe('done');
    expect(batches.bedrock.jobs).toHaveLength(1);
    expect(batches.bedrock.singly).toEqual([]);
    const tokens = { inputTokens: 100 * PASSAGES, outputTokens: 20 * PASSAGES };
    expect(run.questions).toMatchObject({ passages: PASSAGES, questions: 2 * PASSAGES, faults: 0, inBatch: tokens });
    expect(run.questions).toMatchObject({ inputTokens: 0, outputTokens: 0 });
    expect(run.questions!.usd).toBeCloseTo(((100 + 2 * 20) * PASSAGES * 0.5) / 1e6, 10);
    const lines = questionShards(batches.sageMaker, run);
    expect(lines.map(({ id }) => id)).toEqual(
      [0, 1, 2, 3].flatMap((page) => Array.from({ length: 30 }, (_, i) => `page-${page}.md#${i + 1}`)),
    );
    expect(lines[31]!.questions).toEqual([
      { kind: 'howTo', question: 'howTo of Passage page-1.md#2 of a page.' },
      { kind: 'keyword', question: 'keyword of Passage page-1.md#2 of a page.' },
    ]);
    expect(batches.sageMaker.s3.has(`${run.artifacts['questions']!}parts/`)).toBe(false);
  });
});

test('the job is told by its name, carries the tags of its run, and asks for no tool', async () => {
  await withBatches(async ({ bedrock, sageMaker, ask }) => {
    const run = await (await ask()).result();

    const [{ request }] = bedrock.jobs as [FakeBedrock['jobs'][number]];
    expect(batchesOf(run)).toMatchObject([{ name: request.jobName, stage: 'questions', instanceType: MODEL, usd: 0 }]);
    expect(request).toMatchObject({
      clientRequestToken: request.jobName,
      modelId: MODEL,
      modelInvocationType: 'Converse',
      roleArn: 'arn:aws:iam::000000000000:role/test',
    });
    expect(request.tags).toContainEqual({ key: 'attune:bucket', value: 'test-bucket' });
    const input = request.inputDataConfig!.s3InputDataConfig!.s3Uri!;
    const [line] = sageMaker.s3.objects.get(`${input}0000.jsonl`)!.toString().split('\n');
    const record = JSON.parse(line!) as { recordId: string; modelInput: { system: { text: string }[] } };
    expect(record.recordId).toMatch(/^[A-Za-z0-9]{11}$/);
    expect(record.modelInput).not.toHaveProperty('toolConfig');
    expect(record.modelInput).not.toHaveProperty('modelId');
    expect(record.modelInput.system[0]!.text).toContain('JSON Schema');
  });
});

test.each<[string, Partial<Questions>, RegExp | undefined]>([
  ['too few for Bedrock', { batch: 'always' }, /too few for a batch job, which takes 100/],
  ['fewer than auto waits for', { batch: 'auto' }, undefined],
  ['asked for so', { batch: 'never' }, undefined],
])('passages that are %s are asked about one by one', async (_, changes, notice) => {
  const passages = changes.batch === 'always' ? 6 : PASSAGES;
  const sageMaker = new FakeSageMaker().withPassages(2, passages / 2);
  await withBatches(
    async ({ bedrock, ask }) => {
      const run = await (await ask(changes)).result();

      expect(bedrock.jobs).toEqual([]);
      expect(bedrock.singly).toHaveLength(passages);
      expect(run.questions!.questions).toBe(2 * passages);
      if (notice) expect(run.notices).toContainEqual(expect.stringMatching(notice));
    },
    undefined,
    sageMaker,
  );
});

test('what a batch has left is asked about once more, one by one, and no other passage', async () => {
  const left = ['#1 ', '#2 ', '#3 '].map((n) => `Passage page-0.md${n}of a page.`);
  const answers = [{ error: 'too long' }, 'missing', { text: 'Sure! Here you go.' }] as const;
  await withBatches(
    async (batches) => {
      const run = await (await batches.ask()).result();

      expect([...batches.bedrock.singly].sort()).toEqual(left);
      expect(run.questions).toMatchObject({ passages: PASSAGES, questions: 2 * PASSAGES, faults: 0 });
      expect(run.questions).toMatchObject({
        inputTokens: 300,
        inBatch: { inputTokens: 100 * (PASSAGES - 2), outputTokens: 20 * (PASSAGES - 2) },
      });
      expect(run.notices).toContainEqual(expect.stringContaining('the batch has left 3, asked about one by one'));
      expect(questionShards(batches.sageMaker, run)).toHaveLength(PASSAGES);
    },
    (bedrock) => {
      bedrock.instead = (passage) => answers[left.indexOf(passage)];
    },
  );
});

test('where the model is to judge, its verdicts are a second job', async () => {
  await withBatches(async (batches) => {
    const run = await (await batches.ask({ judge: true })).result();

    expect(batches.bedrock.jobs).toHaveLength(2);
    expect(batches.bedrock.singly).toEqual([]);
    expect(batchesOf(run).map(({ status }) => status)).toEqual(['Completed', 'Completed']);
    expect(questionShards(batches.sageMaker, run)[0]!.questions).toMatchObject([
      { answerable: true },
      { answerable: false },
    ]);
    expect(run.questions!.inBatch).toEqual({ inputTokens: 200 * PASSAGES, outputTokens: 40 * PASSAGES });
  });
});

test('nothing is asked twice though the answer to the start is lost and the workers die', async () => {
  await withBatches(
    async (batches) => {
      const { bedrock, ask, withoutWorkers } = batches;
      const handle = await ask();
      await until(() => bedrock.jobs.length > 0);

      await withoutWorkers(async () => undefined);
      bedrock.jobs[0]!.endsAt = 0;
      const run = await handle.result();

      expect(run.status).toBe('done');
      expect(bedrock.jobs).toHaveLength(1);
      expect(bedrock.records).toBe(PASSAGES);
      expect(bedrock.singly).toEqual([]);
    },
    (bedrock) => {
      bedrock.jobMs = 600_000;
      bedrock.withFault('CreateModelInvocationJob', awsError('InternalServerException', 'lost', 500), {
        afterEffect: true,
      });
    },
  );
});

test('a look that is refused stops nothing', async () => {
  await withBatches(
    async ({ bedrock, ask }) => {
      const run = await (await ask()).result();

      expect(run.status).toBe('done');
      expect(bedrock.jobs.map(({ status }) => status)).toEqual(['Completed']);
    },
    (bedrock) => {
      bedrock.withFault('GetModelInvocationJob', awsError('AccessDeniedException', 'not for a moment', 403));
      bedrock.withFault('GetModelInvocationJob', awsError('InternalServerException', 'hm', 500));
    },
  );
});

/** Half of the records, at half the price. */
const USD_OF_HALF = 0.0042;

test.each<[string, boolean, number | undefined, string[] | undefined]>([
  ['what it has taken is paid for', true, USD_OF_HALF, undefined],
  ['what it has taken is told to be unknown where Bedrock leaves no word of it', false, undefined, [MODEL]],
])('a cancel stops the job, leaves none, and says so; %s', async (_, leavesManifest, usd, unknownSoFar) => {
  await withBatches(
    async ({ bedrock, sageMaker, ask }) => {
      const handle = await ask();
      await untilProgress(handle, (now) => batchesOf(now).some(({ records }) => records !== undefined));

      await handle.cancel();

      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      expect(bedrock.jobs.map(({ status }) => status)).toEqual(['Stopped']);
      const after = await handle.query(progress);
      expect(after).toMatchObject({ status: 'cancelled', stage: 'questions' });
      expect(after.cost.unknownSoFar).toEqual(unknownSoFar);
      expect(batchesOf(after).map((job) => job.usd)).toEqual([usd]);
      expect(after.stopped.join()).toContain(bedrock.jobs[0]!.request.jobName);
      expect(bedrock.singly).toEqual([]);
      expect(sageMaker.jobOf('prepare')).toBeUndefined();
    },
    (bedrock) => {
      bedrock.jobMs = 600_000;
      bedrock.leavesManifest = leavesManifest;
    },
  );
});

test('how far the job is, is seen', async () => {
  await withBatches(
    async ({ bedrock, ask }) => {
      const handle = await ask();
      const now = await untilProgress(handle, (view) => batchesOf(view).some(({ records }) => records !== undefined));

      expect(batchesOf(now)).toMatchObject([
        {
          status: 'InProgress',
          secondaryStatus: 'InProgress, 60 of 120 records',
          records: { processed: 60, total: 120 },
        },
      ]);
      bedrock.jobs[0]!.endsAt = 0;
      const run = await handle.result();
      expect(run.cost.unknownSoFar).toBeUndefined();
      expect(JSON.stringify(await handle.fetchHistory())).not.toContain('of a page');
    },
    (bedrock) => {
      bedrock.jobMs = 600_000;
    },
  );
});

test.each([
  ['Failed', 'the role cannot read the input', 'JobFailed', /cannot read the input/],
  ['Expired', undefined, 'JobOverran', /batch job/],
  ['Stopped', undefined, 'JobStopped', /stopped by someone else/],
])('a job that ends %s ends the run in words', async (status, message, type, words) => {
  await withBatches(
    async ({ bedrock, ask }) => {
      const handle = await ask();

      await expect(handle.result()).rejects.toMatchObject({
        cause: { type, message: expect.stringMatching(words) },
      });
      expect(bedrock.singly).toEqual([]);
      const after = await handle.query(progress);
      // Of what a job has taken that failed nothing is known: half of the records had been processed.
      expect(batchesOf(after).map(({ usd }) => usd)).toEqual([status === 'Failed' ? undefined : USD_OF_HALF]);
      expect(after.cost.unknownSoFar).toEqual(status === 'Failed' ? [MODEL] : undefined);
    },
    (bedrock) => bedrock.endings.push({ status, message }),
  );
});

test('a batch that the budget does not cover is not begun, and one whose half price it covers is', async () => {
  await withBatches(async ({ bedrock, ask }) => {
    const priced = (input: number) => ask({ price: { input, output: 0 }, most: 120 }, { budget: { maxUsd: 100 } });

    await expect((await priced(10_000)).result()).rejects.toMatchObject({
      cause: { type: 'BudgetReached', message: expect.stringContaining('in a batch') },
    });
    expect(bedrock.jobs).toEqual([]);

    // 120 passages of some 1,200 tokens: $144 singly, $72 in a batch.
    const run = await (await priced(1_000)).result();
    expect(run.status).toBe('done');
    expect(bedrock.jobs).toHaveLength(1);
  });
});

test('what was written in a batch is taken over by a run that would ask singly', async () => {
  await withBatches(async ({ bedrock, ask }) => {
    const spec = { name: `batched-${process.pid}`, reuse: true };
    await (await ask({}, spec)).result();
    const again = await (await ask({ batch: 'never' }, spec)).result();

    expect(again.timeline.find(({ stage }) => stage === 'questions')!.reusedFrom).toBeDefined();
    expect([bedrock.jobs.length, bedrock.singly.length]).toEqual([1, 0]);
  });
});
