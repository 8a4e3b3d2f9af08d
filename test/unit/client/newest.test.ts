import type { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { findRun } from '../../../src/client/temporal.js';
import { list } from '../../../src/client/runs/list.js';
import { WorkflowNotFoundError } from '@temporalio/client';

const at = (minute: number): Date => new Date(`2026-11-29T16:${minute}:00Z`);
const run = (workflowId: string, startTime: Date, closeTime: Date) => ({
  workflowId,
  runId: workflowId,
  status: { name: 'COMPLETED' },
  startTime,
  closeTime,
  typedSearchAttributes: { get: () => undefined },
});

/** As the server sorts: the one that ended last first. */
const runs = [run('started-first', at(44), at(51)), run('started-last', at(45), at(50))];
const client = {
  workflow: {
    list: async function* () {
      yield* runs;
    },
    getHandle: (workflowId: string) => ({
      workflowId,
      describe: () => Promise.reject(new WorkflowNotFoundError('none', workflowId, undefined)),
    }),
  },
} as unknown as Client;

test('the newest run is the one that started last, whichever ended last', async () => {
  const listed = await list(client, () => '');

  expect(listed.map(({ workflowId }) => workflowId)).toEqual(['started-last', 'started-first']);
  expect((await list(client, () => '', { limit: 1 })).map(({ workflowId }) => workflowId)).toEqual(['started-last']);
  expect((await findRun(client, 'help-desk')).workflowId).toBe('started-last');
});
