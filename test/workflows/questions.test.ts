/**
 * A language model writes questions for documents: asked once about each passage, whatever happens on the way.
 */
import type { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { progress } from '../../src/run/messages.js';
import type { Progress } from '../../src/run/progress.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { jobScripts, smallSpec, until, untilProgress, withLoop, type Loop } from '../support/loop.js';
import { ModelServer } from '../support/modelServer.js';
import { withWorker } from '../support/withWorker.js';
import { questionShards } from '../support/questionShards.js';

let model: ModelServer;
beforeEach(async () => {
  model = await ModelServer.start();
});
afterEach(() => model.close());

type Questions = NonNullable<FineTuneSpecInput['data']['questions']>;

const asking = (changes: Partial<Questions> = {}): Partial<FineTuneSpecInput> => ({
  data: {
    documents: 's3://test-bucket/docs/',
    questions: { model: 'openai:qwen', url: model.url, parallel: 2, ...changes },
  },
  deploy: false,
});

const withDocuments = <T>(sageMaker: FakeSageMaker, body: (loop: Loop) => Promise<T>): Promise<T> => {
  sageMaker.s3.put('s3://test-bucket/docs/page.md', '# Page\n');
  return withLoop(sageMaker, body);
};

const folderOf = ({ artifacts }: Progress): string => artifacts['questions']!;

test('each passage is asked about once, what comes back lies in shards, and prepare is given them', async () => {
  await withDocuments(new FakeSageMaker(), async (loop) => {
    const run = await (await loop.startRun(asking())).result();

    expect(run.status).toBe('done');
    expect(run.timeline.map(({ stage }) => stage).slice(0, 3)).toEqual(['preflight', 'questions', 'prepare']);
    expect(Object.values(model.times)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(model.mostInFlight).toBeLessThanOrEqual(2);
    expect(run.questions).toEqual({
      ...{ model: 'openai:qwen', passages: 6, of: 6, questions: 12, faults: 0 },
      ...{ inputTokens: 600, outputTokens: 120, usd: 0 },
    });
    const lines = questionShards(loop.sageMaker, run);
    expect(lines.map(({ id }) => id)).toEqual([0, 1].flatMap((page) => [1, 2, 3].map((n) => `page-${page}.md#${n}`)));
    const inputs = (loop.sageMaker.jobOf('prepare')!.request as { ProcessingInputs?: { InputName?: string }[] })
      .ProcessingInputs;
    expect(inputs!.map(({ InputName }) => InputName)).toContain('questions');
    // Its parts have done their work.
    expect(loop.sageMaker.s3.has(`${folderOf(run)}parts/`)).toBe(false);
  });
});

test('a run has questions in shards by the hundred and a history that stays short', async () => {
  await withDocuments(new FakeSageMaker().withPassages(300, 1), async (loop) => {
    const handle = await loop.startRun(asking());
    await handle.result();

    const { events } = await handle.fetchHistory();
    expect(model.asked).toHaveLength(300);
    expect(events!.length).toBeLessThan(400);
  });
});

test('a worker that dies in the middle of a shard has lost the requests in flight alone', async () => {
  await withDocuments(new FakeSageMaker().withPassages(1, 12), async (loop) => {
    const { sageMaker } = loop;
    const handle = await loop.startRun(asking());
    await until(() => [...sageMaker.s3.objects.keys()].filter((key) => key.includes('/parts/')).length >= 4);
    model.next.push('never', 'never');
    await until(() => model.next.length === 0);
    const before = { ...model.times };

    await loop.withoutWorkers(async () => undefined);
    const run = await handle.result();

    expect(run.status).toBe('done');
    expect(Object.keys(before).length).toBeGreaterThanOrEqual(6);
    const again = Object.values(model.times).filter((times) => times > 1);
    expect(again.length).toBeLessThanOrEqual(2);
    expect(questionShards(loop.sageMaker, run)).toHaveLength(12);
  });
});

test('a cancel ends the asking at once, long before an answer comes, and says how far it came', async () => {
  await withDocuments(new FakeSageMaker(), async (loop) => {
    model.hold();
    const handle = await loop.startRun(asking());
    await until(() => model.inFlight > 0);

    const since = Date.now();
    await handle.cancel();

    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    // An attempt may take two hours; a busy machine has the time it needs.
    expect(Date.now() - since).toBeLessThan(20_000);
    await until(() => model.inFlight === 0);
    const asked = model.asked.length;
    const after = await handle.query(progress);
    expect(after).toMatchObject({ status: 'cancelled', stage: 'questions', questions: { passages: 0, of: 6 } });
    expect(loop.sageMaker.jobOf('prepare')).toBeUndefined();
    expect(model.asked).toHaveLength(asked);
  });
});

test('a model that is busy is waited for', async () => {
  model.next.push(...Array.from({ length: 3 }, () => ({ status: 429, headers: { 'retry-after-ms': '20' } })));
  await withDocuments(new FakeSageMaker(), async (loop) => {
    const run = await (await loop.startRun(asking())).result();

    expect(run.questions).toMatchObject({ passages: 6, questions: 12, faults: 0 });
  });
});

test('an answer that is not of the form is asked for once more, and then counted', async () => {
  model.next.push({ content: 'Sure! Here are some questions:' }, { content: '{"questions": []}' });
  await withDocuments(new FakeSageMaker(), async (loop) => {
    const run = await (await loop.startRun(asking({ parallel: 1 }))).result();

    expect(run.questions).toMatchObject({ passages: 6, questions: 10, faults: 1 });
    expect(model.asked).toHaveLength(7);
    expect(questionShards(loop.sageMaker, run)[0]).toMatchObject({
      questions: [],
      fault: 'malformed',
      inputTokens: 200,
    });
  });
});

test('where the model is to judge, each question says whether its passage answers it', async () => {
  await withDocuments(new FakeSageMaker(), async (loop) => {
    const run = await (await loop.startRun(asking({ judge: true }))).result();

    const [first] = questionShards(loop.sageMaker, run);
    expect(first!.questions).toMatchObject([{ answerable: true }, { answerable: false }]);
    expect(model.asked).toHaveLength(12);
  });
});

test.each([
  [401, 'AccessDenied', /data\.questions\.apiKey/],
  [404, 'NotFound', /data\.questions\.model/],
  [400, 'RequestRefused', /json_schema/],
])('what a server refuses for good with %i ends the run in words', async (status, type, mend) => {
  model.next.push(...Array.from({ length: 9 }, () => ({ status })));
  await withDocuments(new FakeSageMaker(), async (loop) => {
    const handle = await loop.startRun(asking());

    await expect(handle.result()).rejects.toMatchObject({ cause: { type, message: expect.stringMatching(mend) } });
  });
});

test('documents that were asked about by the same model with the same settings are not asked about again', async () => {
  await withDocuments(new FakeSageMaker(), async (loop) => {
    const spec = { ...smallSpec(), ...asking(), reuse: true };
    const first = await (await loop.startRun(spec)).result();
    const asked = model.asked.length;

    const again = await (await loop.startRun({ ...spec, ...asking({ parallel: 8 }), reuse: true })).result();
    const other = await (await loop.startRun({ ...spec, ...asking({ perPassage: 3 }), reuse: true })).result();

    expect(again.jobs).toEqual([]);
    expect(again.timeline.find(({ stage }) => stage === 'questions')!.reusedFrom).toBe(first.workflowId);
    expect(questionShards(loop.sageMaker, again)).toEqual(questionShards(loop.sageMaker, first));
    expect(other.jobs.map(({ stage }) => stage)).toContain('questions');
    expect(model.asked.length).toBe(asked + 6);
  });
});

test('a budget that the next passages do not fit into ends the run before they are asked about', async () => {
  await withDocuments(new FakeSageMaker().withPassages(40, 1), async (loop) => {
    const priced = { price: { input: 100_000, output: 0 }, most: 40 };
    const handle = await loop.startRun({ ...asking(priced), budget: { maxUsd: 300 } });

    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'BudgetReached', message: expect.stringContaining('passages to openai:qwen') },
    });
    const { questions, cost } = await handle.query(progress);
    expect(questions!.passages).toBeLessThan(40);
    expect(questions!.usd).toBeGreaterThan(0);
    expect(cost.accruedUsd).toBeGreaterThanOrEqual(questions!.usd!);
    expect(cost.accruedUsd).toBeLessThanOrEqual(300);
    expect(model.asked).toHaveLength(questions!.passages);
  });
});

test('a server whose price is not known is refused beside a budget, before anything is paid', async () => {
  await withDocuments(new FakeSageMaker(), async (loop) => {
    const handle = await loop.startRun({ ...asking({ url: 'https://models.example.org/v1' }), budget: { maxUsd: 20 } });

    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'SpecRefused', message: expect.stringContaining('data.questions.price') },
    });
    expect(loop.sageMaker.jobs()).toEqual([]);
  });
});

test("a server's key comes from where it is kept, and is in no history", async () => {
  const sageMaker = new FakeSageMaker();
  sageMaker.s3.put('s3://test-bucket/docs/page.md', '# Page\n');
  const secretArn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:model-AbCdEf';
  const secrets = {
    send: async (command: object) => {
      expect((command as GetSecretValueCommand).input).toEqual({ SecretId: secretArn });
      return { SecretString: '{"token": "sk-hidden-1234"}' };
    },
  };
  const deps = { ...(sageMaker.clients as object), secrets: secrets as never, pythonDir: jobScripts };
  await withWorker(deps, async ({ start }) => {
    const handle = await start('fineTune', [smallSpec(asking({ apiKey: { secretArn, key: 'token' } }))]);
    await handle.result();

    expect(new Set(model.asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer sk-hidden-1234']));
    expect(JSON.stringify(await handle.fetchHistory())).not.toContain('sk-hidden');
    for (const content of sageMaker.s3.objects.values()) expect(content.includes('sk-hidden')).toBe(false);
  });
});

test('real questions show the style, a few with each passage', async () => {
  await withDocuments(new FakeSageMaker(), async (loop) => {
    const real = Array.from({ length: 30 }, (_, i) => `real question ${i}`);
    loop.sageMaker.s3.put('s3://test-bucket/real.txt', real.join('\n'));

    await (await loop.startRun(asking({ examples: 's3://test-bucket/real.txt' }))).result();

    for (const { system } of model.asked) expect(system.match(/real question/g)).toHaveLength(6);
    expect(new Set(model.asked.map(({ system }) => system)).size).toBeGreaterThan(1);
  });
});

test('progress is seen while the model is asked', async () => {
  await withDocuments(new FakeSageMaker(), async (loop) => {
    const { release } = model.hold();
    const handle = await loop.startRun(asking({ parallel: 1 }));
    await until(() => model.inFlight > 0);

    expect((await untilProgress(handle, ({ questions }) => questions !== undefined)).questions).toMatchObject({
      passages: 0,
      of: 6,
    });
    release();

    expect((await handle.result()).questions!.passages).toBe(6);
  });
});
