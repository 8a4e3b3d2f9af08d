/**
 * The whole loop through real processes, with jobs that only take time; and what a kill of each process does to it.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { progress } from '../../src/run/messages.js';
import { startInstantStack, type InstantStack, type ServiceName } from '../support/instantStack.js';
import { untilProgress } from '../support/loop.js';

let instant: InstantStack;

beforeAll(async () => {
  instant = await startInstantStack({ jobMs: 500 });
});
afterAll(() => instant.stop());

const JOBS = [
  { stage: 'prepare', kind: 'processing', status: 'Completed' },
  { stage: 'train', kind: 'training', status: 'Completed' },
  { stage: 'evaluate', kind: 'processing', status: 'Completed' },
];

describe('a run over jobs that only take time', () => {
  test('ends done, with its endpoint in service and one job a stage', async () => {
    const run = await instant.startRun();

    const ended = await run.result();

    expect(ended).toMatchObject({
      status: 'done',
      decision: 'passed',
      jobs: JOBS,
      endpoint: { status: 'InService', parityMinCosine: expect.closeTo(1, 5) },
    });
    expect(ended.jobs[1]?.metrics).toMatchObject({ 'dev:ndcg@10': 0.7 });
  });

  test('replaces the model of an earlier run behind the same endpoint', async () => {
    const deploy = { endpoint: 'shared-endpoint', takeOver: true, instanceType: 'ml.m5.xlarge' };
    const first = await (await instant.startRun({ deploy })).result();

    const second = await (await instant.startRun({ deploy })).result();

    expect(second.status).toBe('done');
    expect(second.endpoint?.configName).not.toBe(first.endpoint?.configName);
  });

  test.each<ServiceName>(['workers', 'SageMaker', 'S3', 'Temporal'])(
    'ends as an undisturbed one after a kill of %s in training',
    async (name) => {
      const run = await instant.startRun();
      await untilProgress(run, ({ stage }) => stage === 'train');

      await instant.kill(name);
      await instant.restart(name);

      expect(await run.result()).toMatchObject({ status: 'done', jobs: JOBS });
    },
  );

  test('tries again when a job ends by a fault of the platform', async () => {
    await instant.faults.add([
      { fault: 'end', name: 'platform-fault.*train', status: 'Failed', failureReason: 'InternalServerError: x' },
    ]);

    const run = await instant.startRun({ name: 'platform-fault' });

    expect((await run.result()).jobs.map(({ stage, status }) => `${stage} ${status}`)).toEqual([
      'prepare Completed',
      'train Failed',
      'train Completed',
      'evaluate Completed',
    ]);
    expect((await run.query(progress)).notices.join()).toContain('trying again');
  });
});
