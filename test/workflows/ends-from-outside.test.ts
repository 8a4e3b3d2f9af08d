/**
 * What somebody else ends under a run: said in words, and nothing is left running.
 */
import { expect, test } from 'vitest';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { untilProgress, withLoop } from '../support/loop.js';

test.each([
  ['terminated', (workflow: { terminate(): Promise<unknown> }) => workflow.terminate()],
  ['cancelled from outside', (workflow: { cancel(): Promise<unknown> }) => workflow.cancel()],
])("a run whose job's workflow was %s says so, and its job is stopped", async (how, end) => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const run = await startRun({ deploy: false });
    await untilProgress(run, ({ jobs }) => jobs.some(({ stage, arn }) => stage === 'train' && arn !== ''));
    const { name } = sageMaker.jobOf('train')!;

    await end(client.workflow.getHandle(`job/${name}`));

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'EndedFromOutside', message: expect.stringContaining(`workflow job/${name} was ${how}`) },
    });
    expect((await untilProgress(run, ({ status }) => status === 'failed')).status).toBe('failed');
    expect(sageMaker.jobOf('train')!.status).toMatch(/^Stop/);
  });
});
