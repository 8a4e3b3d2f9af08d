import type { Connection } from '@temporalio/client';
import { expect, test } from 'vitest';
import { rememberRuns } from '../../src/dev/temporalServer.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { withLoop } from '../support/loop.js';

const DAY = 86_400;

test('the local stack remembers runs for a year, also where an earlier server made its namespace', async () => {
  await withLoop(new FakeSageMaker(), async ({ client }) => {
    const { workflowService } = client;
    const namespace = 'default';
    const retention = async (): Promise<number> => {
      const { config } = await workflowService.describeNamespace({ namespace });
      return Number(config?.workflowExecutionRetentionTtl?.seconds);
    };
    const config = { workflowExecutionRetentionTtl: { seconds: DAY as never } };
    await workflowService.updateNamespace({ namespace, config });
    expect(await retention()).toBe(DAY);

    await rememberRuns(client.connection as Connection);

    expect(await retention()).toBe(365 * DAY);
  });
});
