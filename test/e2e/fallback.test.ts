/**
 * Instances that are not to be had and a budget that ends, through real processes: the emulator refuses or ends the jobs.
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { progress } from '../../src/run/messages.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';

let instant: InstantStack;

beforeAll(async () => {
  instant = await startInstantStack({ jobMs: 300 });
});
afterAll(() => instant.stop());

const compute = {
  train: { instanceType: ['ml.m5.xlarge', 'ml.c5.xlarge'], maxRuntimeSeconds: 3600 },
  evaluate: { instanceType: 'ml.m5.xlarge' },
};
const trainings = (jobs: { stage: string; status: string; instanceType: string; spot?: boolean }[]): string[] =>
  jobs.flatMap(({ stage, status, instanceType, spot }) =>
    stage === 'train' ? [`${spot ? 'spot ' : ''}${instanceType} ${status}`] : [],
  );

test('spot that does not come is followed by the next type, and that by on demand', async () => {
  const name = 'no-spot';
  await instant.faults.add([
    { fault: 'end', name: `${name}.*train`, status: 'Stopped', secondaryStatus: 'MaxWaitTimeExceeded' },
    {
      fault: 'end',
      name: `${name}.*train`,
      status: 'Failed',
      failureReason: 'CapacityError: Unable to provision requested ML compute capacity.',
    },
  ]);

  const run = await instant.startRun({
    name,
    deploy: false,
    compute: { ...compute, train: { ...compute.train, spot: true } },
  });

  const { status, jobs, notices } = await run.result();
  expect(status).toBe('done');
  expect(trainings(jobs)).toEqual(['spot ml.m5.xlarge Stopped', 'spot ml.c5.xlarge Failed', 'ml.m5.xlarge Completed']);
  expect(notices).toContain('spot ml.c5.xlarge: no capacity; went on with ml.m5.xlarge or ml.c5.xlarge');
});

test('a type without quota is left out', async () => {
  const name = 'no-quota';
  const message =
    "The account-level service limit 'ml.m5.xlarge for training job usage' is 0 Instances, with current utilization of 0 " +
    'Instances and a request delta of 1 Instances.';
  await instant.faults.add([
    { fault: 'error', operation: 'CreateTrainingJob', name: `${name}.*train`, code: 'ResourceLimitExceeded', message },
  ]);

  const run = await instant.startRun({ name, deploy: false, compute });

  const { jobs, notices } = await run.result();
  expect(trainings(jobs)).toEqual(['ml.m5.xlarge or ml.c5.xlarge NotStarted', 'ml.c5.xlarge Completed']);
  expect(notices).toContain('ml.m5.xlarge: no quota; went on with ml.c5.xlarge');
});

test('a training that stopped at a checkpoint for the budget ends the run as that', async () => {
  const name = 'no-money';
  const failureReason =
    'AlgorithmError: ExecuteUserScriptError: ErrorMessage "BudgetReached: 600 s are over", exit code: 1';
  await instant.faults.add([{ fault: 'end', name: `${name}.*train`, status: 'Failed', failureReason }]);
  const prices = { asOf: 'today', usdPerHour: { 'ml.m5.xlarge': 1, 'ml.c5.xlarge': 1 } };

  const run = await instant.startRun({ name, deploy: false, compute, prices, budget: { maxUsd: 0.75 } });

  await expect(run.result()).rejects.toMatchObject({
    cause: { type: 'BudgetReached', message: expect.stringContaining('/checkpoints/') as string },
  });
  expect(await run.query(progress)).toMatchObject({ status: 'failed', cost: { budgetUsd: 0.75 } });
});
