/**
 * What somebody else ends under a run: said in words, and nothing is left running.
 */
import type { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { jobWorkflowId } from '../../src/run/ids.js';
import { deploymentOf, queueOf } from '../support/endpointWorkflows.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop } from '../support/loop.js';

type End = (client: Client, workflowId: string) => Promise<unknown>;

const terminate: End = (client, workflowId) => client.workflow.getHandle(workflowId).terminate();
const cancel: End = (client, workflowId) => client.workflow.getHandle(workflowId).cancel();
/** As `temporal workflow delete` does: the server terminates it and forgets it. */
const forget: End = (client, workflowId) =>
  client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution: { workflowId } });

const ENDS: [how: string, end: End][] = [
  ['terminated', terminate],
  ['cancelled from outside', cancel],
  ['terminated', forget],
];

test.each(ENDS)("a run whose job's workflow was %s says so, and its job is stopped (%#)", async (how, end) => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const run = await startRun({ deploy: false });
    await untilProgress(run, ({ jobs }) => jobs.some(({ stage, arn }) => stage === 'train' && arn !== ''));
    const { name } = sageMaker.jobOf('train')!;

    await end(client, jobWorkflowId(name));

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'EndedFromOutside', message: expect.stringContaining(`workflow job/${name} was ${how}`) },
    });
    expect((await untilProgress(run, ({ status }) => status === 'failed')).status).toBe('failed');
    expect(sageMaker.jobOf('train')!.status).toMatch(/^Stop/);
  });
});

test.each(ENDS)(
  "a run whose deployment's workflow was %s says so, and how the endpoint is left (%#)",
  async (how, end) => {
    const sageMaker = new FakeSageMaker().withEndpointsThatNeverSettle();
    await withLoop(sageMaker, async ({ startRun, client }) => {
      const run = await startRun();
      await until(() => sageMaker.pointed.length > 0);
      const endpoint = sageMaker.pointed[0]!;

      await end(client, deploymentOf(endpoint));
      // A cancelled deployment waits for the endpoint to settle, before it takes it back.
      if (end === cancel) sageMaker.letEndpointsSettle();

      await expect(run.result()).rejects.toMatchObject({
        cause: {
          type: 'EndedFromOutside',
          message: expect.stringContaining(`workflow ${deploymentOf(endpoint)} was ${how}`),
        },
      });
      const { stopped } = await untilProgress(run, ({ status }) => status === 'failed');
      const left = end === cancel ? 'removed, with config' : 'left Creating with config';
      expect(stopped).toEqual([expect.stringContaining(`endpoint ${endpoint}: ${left}`)]);
    });
  },
);

test.each([
  ['terminated', terminate],
  ['cancelled', cancel],
  ['deleted', forget],
])("runs whose endpoint's queue was %s take their turns all the same", async (_how, end) => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const first = await startRun();
    const endpoint = (await first.result()).endpoint!.name;
    const { reached, release } = sageMaker.hold('UpdateEndpoint');
    const second = await startRun({ name: endpoint, deploy: { endpoint } });
    await reached;
    const third = await startRun({ name: endpoint, deploy: { endpoint } });
    await untilProgress(third, ({ stage }) => stage === 'deploy');

    await end(client, queueOf(endpoint));
    release();

    expect(await second.result()).toMatchObject({ status: 'done' });
    expect(await third.result()).toMatchObject({ status: 'done' });
  });
});
