import { hostname, userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { approveRun } from '../../src/client/runs/decide.js';
import { approvalReminder, approve, reject, type ApprovalReminder } from '../../src/run/messages.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { heardBy, listening } from '../support/listener.js';
import { until, untilProgress, withLoop } from '../support/loop.js';

const timings = { pollSeconds: 0.03, freshPollSeconds: 0.02 };

test('while a model waits for a person, the workflows in notify are reminded, again and again', async () => {
  await withLoop(new FakeSageMaker(), async ({ client, startRun }) => {
    const listener = await listening(client);
    const notify = [{ workflowId: listener.workflowId }];
    const reminders = () => heardBy<ApprovalReminder>(listener, approvalReminder.name);
    const run = await startRun({
      notify,
      deploy: { approval: 'required' },
      timings: { ...timings, approvalReminderSeconds: 0.2 },
    });
    const { timeline, artifacts } = await untilProgress(run, ({ status }) => status === 'waitingForApproval');

    await until(async () => (await reminders()).length >= 2);
    await run.executeUpdate(approve, { args: [{ by: 'R. Imai' }] });

    const [first, second] = await reminders();
    const since = timeline.at(-1)!.startedAt;
    expect(first).toEqual({ workflowId: run.workflowId, since, count: 1, reportHtml: artifacts.reportHtml });
    expect(second).toMatchObject({ since, count: 2 });
    expect((await run.result()).status).toBe('done');
    await listener.terminate();
  });
});

test('without a decision in time the model is not deployed, and that is a failure of its own kind', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun }) => {
    const old = await sageMaker.serving('undecided');
    const run = await startRun({
      deploy: { endpoint: 'undecided', approval: 'required' },
      timings: { ...timings, approvalSeconds: 0.3, approvalReminderSeconds: 0.1 },
    });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'ApprovalExpired', message: expect.stringContaining('within 0.3 s') },
    });
    expect(sageMaker.endpoints()).toEqual([{ name: 'undecided', status: 'InService', configName: old }]);
  });
});

test.each([
  ['approved', approve],
  ['rejected', reject],
] as const)(
  'that a model was %s, by whom and why, stands beside it: file, manifest and report',
  async (verdict, update) => {
    const sageMaker = new FakeSageMaker();
    await withLoop(sageMaker, async ({ startRun }) => {
      const endpoint = `decided-${verdict}`;
      const old = await sageMaker.serving(endpoint);
      const run = await startRun({ deploy: { endpoint, approval: 'required' } });
      const waiting = await untilProgress(run, ({ status }) => status === 'waitingForApproval');
      const page = () => sageMaker.s3.objects.get(waiting.artifacts.reportHtml!)!.toString();
      await until(async () => page().includes('<b>Waits for approval</b>'));
      await run.executeUpdate(update, { args: [{ by: 'R. <Imai>', reason: 'looked at 20 questions' }] });

      const { artifacts, approval } = await run.result();

      expect(page()).toContain(verdict === 'approved' ? '<b>In service</b>' : '<b>Rejected</b>');

      const decision = { verdict, by: 'R. <Imai>', reason: 'looked at 20 questions', at: expect.any(String) };
      expect(approval).toEqual(decision);
      expect(sageMaker.s3.json(artifacts.approval!)).toMatchObject({ workflowId: run.workflowId, ...decision });
      expect(sageMaker.s3.json(artifacts.manifest!)).toMatchObject({ version: 1, approval: decision });
      expect(sageMaker.s3.objects.get(artifacts.reportHtml!)!.toString()).toContain(' by R. &lt;Imai&gt; on ');
      expect(sageMaker.endpoints()[0]!.configName === old).toBe(verdict === 'rejected');
    });
  },
);

test('a decision has on record who sent it, beside the name that was given', async () => {
  await withLoop(new FakeSageMaker(), async ({ client, startRun, sageMaker }) => {
    const run = await startRun({ deploy: { approval: 'required' } });
    await untilProgress(run, ({ status }) => status === 'waitingForApproval');
    await approveRun(client, run.workflowId, { by: 'R. Imai', reason: 'read 20 answers' });
    const { approval, reasons, artifacts } = await run.result();

    const sender = `${userInfo().username}@${hostname()}`;
    expect(approval).toMatchObject({ by: 'R. Imai', identity: sender });
    expect(reasons).toContain(`approved by R. Imai (from ${sender}): read 20 answers`);
    expect(sageMaker.s3.objects.get(artifacts.reportHtml!)!.toString()).toContain(`by R. Imai (from ${sender}) on `);
  });
});

test.each([
  ['is no text', { id: 7 }, undefined],
  ['is endless', 'x'.repeat(5_000), 'x'.repeat(200)],
])('an identity that %s does no harm', async (_what, identity, kept) => {
  await withLoop(new FakeSageMaker(), async ({ startRun }) => {
    const run = await startRun({ deploy: { approval: 'required' } });
    await untilProgress(run, ({ status }) => status === 'waitingForApproval');
    await run.executeUpdate(approve, { args: [{ by: 'R. Imai', identity: identity as string }] });

    expect((await run.result()).approval).toMatchObject({ by: 'R. Imai', verdict: 'approved' });
    expect((await run.result()).approval?.identity).toEqual(kept);
  });
});
