/** What a sweep learns from a real server: the same that the model of it tells (test/support/modelTemporal.ts). */
import { expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { ownerIn } from '../../src/aws/tags.js';
import { ownerOf } from '../../src/client/sweep/owner.js';
import { knownBy } from '../../src/client/sweep/temporal.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop, type Loop, type Run } from '../support/loop.js';
import { ModelTemporal } from '../support/modelTemporal.js';

const tagsOf = (workflowId: string, runId: string) => ({
  workflowId,
  run: runId.slice(-8),
  runId,
  namespace: 'default',
});

/** The same question to the server and to the model, each about its own run. */
async function both({ client }: Loop, run: Run, model: ModelTemporal, firstRunId: string) {
  const server = await ownerOf(knownBy(client), tagsOf(run.workflowId, run.firstExecutionRunId));
  return [server, await ownerOf(model, tagsOf(run.workflowId, firstRunId))];
}

async function reset({ client }: Loop, { workflowId, firstExecutionRunId: runId }: Run): Promise<string> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const first = events!.find(({ workflowTaskCompletedEventAttributes: task }) => task)!;
  const answer = await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: first.eventId,
    requestId: randomUUID(),
  });
  return answer.runId;
}

async function forget({ client }: Loop, workflowId: string, runId: string): Promise<void> {
  const workflowExecution = { workflowId, runId };
  await client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
  const handle = client.workflow.getHandle(workflowId, runId);
  await until(() =>
    handle.describe().then(
      () => false,
      () => true,
    ),
  );
}

test('a terminated run is over, one that was reset goes on, and what has been forgotten is unknown', async () => {
  await withLoop(new FakeSageMaker().withJobsThatNeverEnd('prepare'), async (loop) => {
    const model = new ModelTemporal('default');
    const run = await loop.startRun();
    const { workflowId } = run;
    const began = model.start(workflowId);
    await untilProgress(run, ({ jobs }) => jobs.length > 0);
    expect(await both(loop, run, model, began.runId)).toEqual([{ state: 'running' }, { state: 'running' }]);

    await run.terminate();
    model.end(workflowId, 'TERMINATED');
    const over = { state: 'over', how: 'terminated', why: 'its run is over: terminated' };
    expect(await both(loop, run, model, began.runId)).toEqual([over, over]);

    const resetRun = await reset(loop, run);
    const again = model.reset(began);
    expect(await both(loop, run, model, began.runId)).toEqual([{ state: 'running' }, { state: 'running' }]);

    await loop.client.workflow.getHandle(workflowId, resetRun).terminate();
    model.end(workflowId, 'TERMINATED');
    expect(await both(loop, run, model, began.runId)).toEqual([over, over]);

    // The id is used once more: that says nothing of the run before.
    const other = await loop.startRun({}, { workflowId });
    const otherBegan = model.start(workflowId);
    expect(await both(loop, run, model, began.runId)).toEqual([over, over]);
    expect(await both(loop, other, model, otherBegan.runId)).toEqual([{ state: 'running' }, { state: 'running' }]);

    await forget(loop, workflowId, resetRun);
    model.forget(again);
    const forgotten = { state: 'forgotten', why: 'this Temporal namespace does not know its run' };
    expect(await both(loop, run, model, began.runId)).toEqual([forgotten, forgotten]);

    await forget(loop, workflowId, run.firstExecutionRunId);
    model.forget(began);
    expect(await both(loop, run, model, began.runId)).toEqual([forgotten, forgotten]);
    await other.terminate();
  });
});

test('a run that came to its end is told by what it returned, also under an id that no tag can hold', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const run = await loop.startRun({ deploy: false }, { workflowId: `odd #${'x'.repeat(300)}` });
    const { jobs } = await run.result();

    const tags = Object.entries(loop.sageMaker.tagsOf(jobs[0]!.arn)).map(([Key, Value]) => ({ Key, Value }));
    const owner = ownerIn(tags)!;
    expect(owner.workflowId).toHaveLength(256);
    const temporal = knownBy(loop.client);
    await until(async () => (await ownerOf(temporal, owner)).state === 'over');
    expect(await ownerOf(temporal, owner)).toMatchObject({ how: 'done' });
    expect(await ownerOf(temporal, { ...owner, workflowDigest: '0'.repeat(64) })).toMatchObject({ state: 'forgotten' });
  });
});
