/**
 * Runs that cannot answer: what is said of them, and by whom it is found out.
 */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { cancelRun } from '../../src/client/runs/decide.js';
import { progressOf } from '../../src/client/runs/progress.js';
import { reject } from '../../src/run/messages.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { untilProgress, withLoop } from '../support/loop.js';

test('a run whose task fails on the worker is not said to have no worker', async () => {
  await withLoop(new FakeSageMaker(), async ({ client, taskQueue }) => {
    const workflowId = `faulty-${randomUUID()}`;
    const run = await client.workflow.start('aTypeThatNoWorkerKnows', { taskQueue, workflowId });

    await expect(progressOf(client, workflowId)).rejects.toMatchObject({
      type: 'TaskFails',
      message: expect.stringMatching(
        new RegExp(`worker polls task queue ${taskQueue}, but the workflow's task fails there`),
      ) as string,
    });
    await run.terminate();
  });
});

test('a paused run is shown as paused, with the command that lets it go on', async () => {
  await withLoop(new FakeSageMaker(), async ({ client, startRun }) => {
    const run = await startRun({ deploy: { approval: 'required' } });
    await untilProgress(run, ({ status }) => status === 'waitingForApproval');
    const { workflowId } = run;
    const { runId } = await run.describe();
    const request = { namespace: 'default', identity: 'a person', requestId: randomUUID() };
    await client.workflowService.pauseWorkflowExecution({ ...request, workflowId, runId, reason: 'an incident' });

    const { stage, notices } = await progressOf(client, workflowId);

    expect(stage).toBe('approve');
    expect(notices.join()).toContain(`temporal workflow unpause --workflow-id ${workflowId}`);
    await client.workflowService.unpauseWorkflowExecution({ ...request, workflowId, runId, reason: 'over' });
    await run.executeUpdate(reject, { args: [{ by: 'R. Imai' }] });
    expect(await run.result()).toMatchObject({ status: 'rejected' });
  });
});

test('a cancel that no worker takes up says so, and waits on', async () => {
  await withLoop(new FakeSageMaker(), async ({ client }) => {
    const taskQueue = `nobody-${randomUUID()}`;
    const workflowId = `left-${randomUUID()}`;
    const run = await client.workflow.start('fineTune', { taskQueue, workflowId, args: [{}] });

    const { why, cancelling } = await new Promise<{ why: string; cancelling: Promise<unknown> }>((told) => {
      const cancelling: Promise<unknown> = cancelRun(client, workflowId, undefined, {
        onStuck: (why) => told({ why, cancelling }),
      });
      cancelling.catch(() => undefined); // terminated below, and asked of nobody
    });

    expect(why).toContain(`no worker polls task queue ${taskQueue}`);
    await run.terminate();
    await cancelling.catch(() => undefined);
  });
});
