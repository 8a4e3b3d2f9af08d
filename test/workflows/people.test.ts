/**
 * Who hears of a run by chat and webhook, when, and how often; and that a run ends as it would without them.
 */
import { expect, onTestFinished, test } from 'vitest';
import { approve, cancelStage } from '../../src/run/messages.js';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { jobScripts, smallSpec, until, untilProgress, withLoop } from '../support/loop.js';
import { Receiver } from '../support/receiver.js';
import { withWorker } from '../support/withWorker.js';

async function listening(): Promise<Receiver> {
  const receiver = await Receiver.start();
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  return receiver;
}
const typesOf = (receiver: Receiver): string[] => receiver.events().map(({ type }) => type.replace('attune.run.', ''));
const hookOf = (receiver: Receiver, on?: ('done' | 'failed' | 'approval')[]) => ({
  webhook: { url: receiver.url },
  ...(on ? { on } : {}),
});

test('a run that waits for a person, and then is done, says each once, with what to type', async () => {
  const [all, some] = [await listening(), await listening()];
  await withLoop(new FakeSageMaker(), async ({ startRun }) => {
    const run = await startRun({
      notify: [hookOf(all), hookOf(some, ['approval'])],
      deploy: { approval: 'required' },
      timings: { pollSeconds: 0.03, freshPollSeconds: 0.02, approvalReminderSeconds: 0.05 },
    });
    await untilProgress(run, ({ status }) => status === 'waitingForApproval');
    await until(() => all.received.length > 0);
    await run.executeUpdate(approve, { args: [{ by: 'R. Imai' }] });
    const { notices } = await run.result();

    expect(typesOf(all)).toEqual(['approval', 'done']);
    expect(typesOf(some)).toEqual(['approval']);
    expect(new Set(all.events().map(({ id }) => id)).size).toBe(2);
    expect(all.events()[0]!.data['commands']).toContain(
      `attune approve ${run.workflowId} --by "your name" --reason "why"`,
    );
    expect(notices).toEqual([]);
  });
});

test('a rejected run, a failed one and a cancelled one are told as what they are', async () => {
  const hook = await listening();
  const notify = [hookOf(hook)];
  await withLoop(new FakeSageMaker().withEvaluation({ overBase: [-0.01, 0.02, 0.05] }), async ({ startRun }) => {
    await (await startRun({ notify })).result();
  });
  const failing = new FakeSageMaker().withEndings('train', { status: 'Failed', failureReason: 'AlgorithmError: no' });
  await withLoop(failing, async ({ startRun }) => {
    await expect((await startRun({ notify })).result()).rejects.toThrow();
  });
  await withLoop(new FakeSageMaker().withJobsThatNeverEnd('train'), async ({ startRun, sageMaker }) => {
    const run = await startRun({ notify });
    await until(() => sageMaker.jobOf('train') !== undefined);
    await run.executeUpdate(cancelStage, { args: [{ by: 'R. Imai' }] });
    await expect(run.result()).rejects.toThrow();
  });

  expect(typesOf(hook)).toEqual(['rejected', 'failed', 'cancelled']);
  expect(hook.events()[1]!.data).toMatchObject({ stage: 'train', failure: expect.stringContaining('AlgorithmError') });
});

test('half of the budget is told once, when it is spent', async () => {
  const hook = await listening();
  await withLoop(new FakeSageMaker().withTrainingSeconds(1000, 1000), async ({ startRun }) => {
    const run = await startRun({
      notify: [hookOf(hook)],
      deploy: false,
      prices: { asOf: 'today', usdPerHour: { 'ml.m5.xlarge': 6 } },
      budget: { maxUsd: 3 },
    });
    await run.result();
  });

  expect(typesOf(hook)).toEqual(['halfBudget', 'done']);
  const { spentUsd, budgetUsd } = hook.events()[0]!.data as { spentUsd: number; budgetUsd: number };
  expect(spentUsd).toBeGreaterThanOrEqual(budgetUsd / 2);
});

test('a receiver that fails once is told by the next attempt; one that refuses is a notice, and no harm', async () => {
  const [slow, gone] = [await listening(), await listening()];
  slow.willAnswer(500);
  gone.willAnswer(404);
  await withLoop(new FakeSageMaker(), async ({ startRun }) => {
    const run = await startRun({ notify: [hookOf(slow), hookOf(gone)], deploy: false });

    const { status, notices } = await run.result();

    expect(status).toBe('done');
    expect(typesOf(slow)).toEqual(['done', 'done']);
    expect(new Set(slow.events().map(({ id }) => id)).size).toBe(1);
    expect(notices).toEqual([expect.stringMatching(/^notify\[1\] was not told of done: .*HTTP 404/)]);
  });
});

test('what a reference leads to is in no history, record or file', async () => {
  const hook = await listening();
  hook.willAnswer(403);
  const sageMaker = new FakeSageMaker();
  sageMaker.s3.put('s3://test-bucket/pairs.jsonl', '{"query": "q", "document": "d"}\n');
  const parameters = {
    send: async ({ input }: { input: { Name: string } }) => {
      if (input.Name !== '/attune/slack') throw awsError('ParameterNotFound', 'no such parameter', 400);
      return { Parameter: { Value: hook.url } };
    },
  };
  const deps = { ...(sageMaker.clients as object), parameters: parameters as never, pythonDir: jobScripts };
  await withWorker(deps, async ({ start }) => {
    const notify = [{ slack: { parameter: '/attune/slack' } }];
    const run = await start('fineTune', [smallSpec({ notify, deploy: false })]);
    const { notices } = (await run.result()) as { notices: string[] };

    expect(notices.join()).toContain('notify[0] was not told of done');
    expect(JSON.stringify(await run.fetchHistory())).not.toContain('s3cret');
    for (const content of sageMaker.s3.objects.values()) expect(content.includes('s3cret')).toBe(false);

    const refused = await start('fineTune', [smallSpec({ notify: [{ slack: { parameter: '/attune/gone' } }] })]);
    await expect(refused.result()).rejects.toMatchObject({
      cause: { type: 'SpecRefused', message: expect.stringContaining('notify[0].slack') },
    });
  });
});

test('that a spec was refused is told to whom it names, and by nothing else of it', async () => {
  const hook = await listening();
  await withLoop(new FakeSageMaker(), async ({ startRun }) => {
    const notify = [hookOf(hook), 'nonsense', { webhook: { url: 'http://10.0.0.1/' } }, null] as never;
    const run = await startRun({ notify, train: { epochs: 0 } });

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'SpecRefused' } });

    expect(typesOf(hook)).toEqual(['failed']);
  });
});

test('a run that finds nothing new tells nobody', async () => {
  const hook = await listening();
  await withLoop(new FakeSageMaker(), async ({ startRun }) => {
    const spec = {
      name: 'people-unchanged',
      deploy: false,
      whenUnchanged: 'skip' as const,
      notify: [hookOf(hook)],
    } as const;
    await (await startRun({ ...spec, notify: [...spec.notify] })).result();

    const again = await (await startRun({ ...spec, notify: [...spec.notify] })).result();

    expect(again.unchanged).toBeDefined();
    expect(typesOf(hook)).toEqual(['done']);
  });
});
