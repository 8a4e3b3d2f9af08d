import { expect, test } from 'vitest';
import type { InstantStack } from '../support/instantStack.js';
import type { Run } from '../support/loop.js';
import { strike } from './strike.js';

const standsStill = {
  workflowId: 'finetune/still',
  describe: () =>
    Promise.resolve({
      status: { name: 'RUNNING' },
      typedSearchAttributes: { get: () => 'package' },
      raw: {
        pendingActivities: [
          {
            activityType: { name: 'packageModel' },
            attempt: 3,
            lastFailure: { message: 'activity Heartbeat timeout' },
          },
        ],
        pendingWorkflowTask: { attempt: 2 },
      },
    }),
} as unknown as Run;

test('a run that stands still ends the wait for its next stage, and is shown as it stands', async () => {
  const subject = { instant: {} as InstantStack, run: standsStill, name: 'still', endpoint: 'still', jobMs: 100 };
  const kill = { target: 'S3', moment: { at: 'stage', stage: 'approve' }, early: 0, pause: 0 } as const;

  await expect(strike({ ...subject, deadline: Date.now() + 100 }, kill)).rejects.toThrow(
    'finetune/still has not come to approve: it is at package; packageModel, attempt 3 (activity Heartbeat timeout); ' +
      'a workflow task, attempt 2',
  );
});
