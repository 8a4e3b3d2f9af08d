/**
 * Whose resources they are: two runs under one workflow id, and other people's endpoints, jobs and models.
 * @module
 */
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  DescribeTrainingJobCommand,
  ListProcessingJobsCommand,
  ListTrainingJobsCommand,
} from '@aws-sdk/client-sagemaker';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { untilProgress } from '../support/loop.js';

let instant: InstantStack;

beforeAll(async () => {
  instant = await startInstantStack({ jobMs: 500 });
});
afterAll(() => instant.stop());

test('a run under the id of one that was terminated makes its own jobs, files and model, and the old job is stopped', async () => {
  const ids = { workflowId: 'finetune/again' };
  const first = await instant.startRun({ name: 'again' }, ids);
  const { jobs } = await untilProgress(first, ({ jobs: all }) =>
    all.some(({ stage, arn }) => stage === 'train' && arn),
  );
  await first.terminate('a test');

  const second = await instant.startRun({ name: 'again' }, ids);
  const ended = await second.result();

  expect(ended).toMatchObject({ status: 'done', endpoint: { status: 'InService' } });
  const names = ended.jobs.map(({ name }) => name);
  expect(names).toHaveLength(3);
  expect(names.filter((name) => jobs.some((job) => job.name === name))).toEqual([]);
  expect(ended.artifacts['package']).not.toContain(first.firstExecutionRunId.slice(-8));
  const TrainingJobName = jobs.find(({ stage }) => stage === 'train')!.name;
  const left = await instant.sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName }));
  expect(['Stopped', 'Completed']).toContain(left.TrainingJobStatus);
});

test("somebody else's endpoint is refused before a job is paid for, by a message that names it and says what to do", async () => {
  const config = await foreignEndpoint('someone-elses');

  const run = await instant.startRun({ name: 'intruder', deploy: { endpoint: 'someone-elses' } });
  const error = await run.result().catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(WorkflowFailedError);
  expect((error as WorkflowFailedError).cause).toMatchObject({
    type: 'NameTaken',
    message: expect.stringMatching(/endpoint someone-elses .*was not made by attune.*deploy\.endpoint/),
  });
  const NameContains = 'intruder';
  expect(await instant.sageMaker.send(new ListTrainingJobsCommand({ NameContains }))).toMatchObject({
    TrainingJobSummaries: [],
  });
  expect(await instant.sageMaker.send(new ListProcessingJobsCommand({ NameContains }))).toMatchObject({
    ProcessingJobSummaries: [],
  });
  const still = await instant.sageMaker.send(new DescribeEndpointCommand({ EndpointName: 'someone-elses' }));
  expect(still.EndpointConfigName).toBe(config);
});

test('an endpoint that somebody else makes while the run trains is not touched', async () => {
  const run = await instant.startRun({ name: 'overtaken' });
  await untilProgress(run, ({ stage }) => stage === 'train');
  const config = await foreignEndpoint('overtaken');

  await expect(run.result()).rejects.toMatchObject({ cause: { type: 'NameTaken' } });

  const still = await instant.sageMaker.send(new DescribeEndpointCommand({ EndpointName: 'overtaken' }));
  expect(still.EndpointConfigName).toBe(config);
});

/** Made by hand, without attune's tags. @returns its config */
async function foreignEndpoint(EndpointName: string): Promise<string> {
  const { sageMaker, stack } = instant;
  const ModelName = `${EndpointName}-model`;
  const EndpointConfigName = `${EndpointName}-config`;
  const Image = '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312-ubuntu22.04-sagemaker';
  const ModelDataUrl = `s3://${stack.describe.bucket}/pairs.jsonl`;
  await sageMaker.send(
    new CreateModelCommand({
      ModelName,
      ExecutionRoleArn: stack.describe.roleArn,
      PrimaryContainer: { Image, ModelDataUrl },
    }),
  );
  const variant = { VariantName: 'main', ModelName, InstanceType: 'ml.m5.xlarge' as const, InitialInstanceCount: 1 };
  await sageMaker.send(new CreateEndpointConfigCommand({ EndpointConfigName, ProductionVariants: [variant] }));
  await sageMaker.send(new CreateEndpointCommand({ EndpointName, EndpointConfigName }));
  return EndpointConfigName;
}
