import { NativeConnection, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { attuneModel } from '../../src/run/searchAttributes.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { smallSpec, until, withLoop } from '../support/loop.js';

test.each([
  ['cron schedule', { cronSchedule: '* * * * *' }, 'attune schedule'],
  ['retry policy', { retry: { maximumAttempts: 3 } }, 'attune retry'],
])(
  'a run that is started with a %s is refused before anything is paid, and told what to use',
  async (_, start, mend) => {
    await withLoop(new FakeSageMaker(), async ({ client, taskQueue, sageMaker }) => {
      const workflowId = `chained-${process.pid}-${mend.replace(' ', '-')}`;
      const args = [smallSpec()];
      const run = await client.workflow.start('fineTune', { workflowId, taskQueue, args, ...start });
      // A cron schedule waits for its minute, and starts the next execution whatever came of this one.
      const first = client.workflow.getHandle(workflowId, run.firstExecutionRunId, { followRuns: false });
      await expect(first.result()).rejects.toThrow();

      const { events } = await first.fetchHistory();
      const { workflowExecutionFailedEventAttributes: failed, workflowExecutionContinuedAsNewEventAttributes: next } =
        events!.at(-1)!;
      const failure = (failed ?? next)?.failure;
      expect(failure?.applicationFailureInfo?.type).toBe('SpecRefused');
      expect(failure?.message).toContain(mend);
      expect(sageMaker.calls).toEqual([]);
      await client.workflow
        .getHandle(workflowId)
        .terminate()
        .catch(() => undefined);
    });
  },
  90_000,
);

test('a run as which another workflow goes on is refused before anything is paid', async () => {
  await withLoop(new FakeSageMaker(), async ({ client, taskQueue, sageMaker }) => {
    const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
    const workflowsPath = fileURLToPath(new URL('../support/goesOnAsARun.ts', import.meta.url));
    const own = await Worker.create({ connection, taskQueue: `${taskQueue}-own`, workflowsPath });
    const args = [smallSpec(), taskQueue];
    const start = { workflowId: `goes-on-${process.pid}`, taskQueue: `${taskQueue}-own`, args };

    const ended = own.runUntil(client.workflow.execute('goesOnAsARun', start));

    const message = expect.stringMatching(/continued as new from another execution.*a child of its own/) as string;
    await expect(ended).rejects.toMatchObject({ cause: { type: 'SpecRefused', message } });
    await connection.close();
    expect(sageMaker.calls).toEqual([]);
  });
});

test('a run whose spec is refused is listed by its name, whoever started it', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun }) => {
    const run = await startRun({ name: 'refused-by-name', train: { epochs: 0 } });
    await expect(run.result()).rejects.toThrow();

    await until(async () => (await run.describe()).typedSearchAttributes.get(attuneModel) === 'refused-by-name');
  });
});
