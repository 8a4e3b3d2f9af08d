/** Runs are recorded in SageMaker's experiments and in MLflow, where their spec says so. */
import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { expect, test } from 'vitest';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { withLoop } from '../support/loop.js';

const tracking = { experiment: 'Search-Models' };
const deploy = false as const;
const configsOf = (sageMaker: FakeSageMaker) =>
  sageMaker.jobs().map(({ request }) => (request as CreateTrainingJobCommandInput).ExperimentConfig);

test('each run is a trial of the one experiment, and each of its jobs a component', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun }) => {
    await (await startRun({ tracking, deploy })).result();
    await (await startRun({ tracking, deploy, reuse: false })).result();

    const { experiments, trials } = sageMaker.registry.records();
    expect(experiments).toMatchObject([{ ExperimentName: 'Search-Models' }]);
    expect(trials).toHaveLength(2);
    const configs = configsOf(sageMaker);
    expect(configs.map((config) => config?.TrialComponentDisplayName)).toEqual([
      ...['prepare', 'train', 'evaluate'],
      ...['prepare', 'train', 'evaluate'],
    ]);
    expect(new Set(configs.map((config) => config?.TrialName))).toEqual(
      new Set(trials.map(({ TrialName }) => TrialName)),
    );
  });
});

test('an answer that is lost, and an experiment that another run makes meanwhile, make no second one', async () => {
  const sageMaker = new FakeSageMaker();
  const lost = awsError('InternalFailure', 'We encountered an internal error.', 500);
  for (const operation of ['CreateExperiment', 'CreateTrial'])
    sageMaker.withFault(operation, lost, { afterEffect: true });
  await withLoop(sageMaker, async ({ startRun }) => {
    expect(await (await startRun({ tracking, deploy })).result()).toMatchObject({ notices: [] });

    const { experiments, trials } = sageMaker.registry.records();
    expect([experiments.length, trials.length]).toEqual([1, 1]);
  });
});

test('a worker that may not make experiments is told the action before a job is paid for', async () => {
  const sageMaker = new FakeSageMaker();
  const message = 'User: w is not authorized to perform: sagemaker:CreateExperiment on resource: x';
  sageMaker.withFault('CreateExperiment', awsError('AccessDenied', message, 403), { times: Infinity });
  await withLoop(sageMaker, async ({ startRun }) => {
    await expect((await startRun({ tracking, deploy })).result()).rejects.toMatchObject({
      cause: { type: 'AccessDenied', message: expect.stringContaining('sagemaker:CreateExperiment') as string },
    });
    expect(sageMaker.jobs()).toEqual([]);
  });
}, 60_000);

test('the training job is recorded in MLflow, and no experiment is made that was not asked for', async () => {
  const resourceArn = 'arn:aws:sagemaker:us-east-1:000000000000:mlflow-tracking-server/ours';
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun }) => {
    await (await startRun({ tracking: { mlflow: { resourceArn } }, deploy })).result();

    const { experiments, trials } = sageMaker.registry.records();
    expect([experiments, trials]).toEqual([[], []]);
    const [, train] = sageMaker.jobs();
    expect(train!.request).toMatchObject({ MlflowConfig: { MlflowResourceArn: resourceArn } });
  });
});
