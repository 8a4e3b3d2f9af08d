/**
 * The local SageMaker in instant mode, and its faults on request, as an unmodified AWS SDK sees them.
 * @module
 */
import { DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateProcessingJobCommand,
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  ListTagsCommand,
  StopProcessingJobCommand,
  StopTrainingJobCommand,
  type CreateProcessingJobCommandInput,
  type CreateTrainingJobCommandInput,
} from '@aws-sdk/client-sagemaker';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../support/refusal.js';
import { Bench, BUCKET, IMAGE, ROLE, until } from './hostingBench.js';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.start({ listens: true, instantMs: 600 });
});

afterEach(() => bench.forgetFaults());

afterAll(() => bench.stop());

const trainingRequest = (name: string): CreateTrainingJobCommandInput => ({
  TrainingJobName: name,
  RoleArn: ROLE,
  AlgorithmSpecification: {
    TrainingImage: IMAGE,
    TrainingInputMode: 'File',
    MetricDefinitions: [{ Name: 'train:loss', Regex: 'loss=([0-9.]+)' }],
  },
  OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/out` },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 600 },
  Tags: [{ Key: 'made-by', Value: 'a test' }],
});

const processingRequest = (name: string): CreateProcessingJobCommandInput => ({
  ProcessingJobName: name,
  RoleArn: ROLE,
  AppSpecification: { ImageUri: IMAGE, ContainerEntrypoint: ['python3', 'job.py'], ContainerArguments: ['prepare'] },
  ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 } },
  ProcessingOutputConfig: {
    Outputs: [
      {
        OutputName: 'data',
        S3Output: {
          S3Uri: `s3://${BUCKET}/${name}/data/`,
          LocalPath: '/opt/ml/processing/output/data',
          S3UploadMode: 'EndOfJob',
        },
      },
    ],
  },
});

const train = (name: string) => bench.sageMaker.send(new CreateTrainingJobCommand(trainingRequest(name)));
const startProcessing = (name: string) => bench.sageMaker.send(new CreateProcessingJobCommand(processingRequest(name)));
const training = (name: string) => bench.sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
const processing = (name: string) =>
  bench.sageMaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }));

async function endedTraining(name: string) {
  await until(`${name} has ended`, async () =>
    ['Completed', 'Failed', 'Stopped'].includes((await training(name)).TrainingJobStatus ?? ''),
  );
  return training(name);
}

async function endedProcessing(name: string) {
  await until(`${name} has ended`, async () =>
    ['Completed', 'Failed', 'Stopped'].includes((await processing(name)).ProcessingJobStatus ?? ''),
  );
  return processing(name);
}

const announcedOf = (name: string) => bench.announced.filter(({ detail }) => Object.values(detail).includes(name));

describe('a job in instant mode', () => {
  test('goes through the statuses of a real training job and leaves the ready-made model', async () => {
    const { TrainingJobArn } = await train('steps');

    const job = await endedTraining('steps');

    expect(job.TrainingJobStatus).toBe('Completed');
    expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status)).toEqual([
      'Starting',
      'Downloading',
      'Training',
      'Uploading',
      'Completed',
    ]);
    expect(job.TrainingEndTime!.getTime() - job.CreationTime!.getTime()).toBeGreaterThanOrEqual(600);
    expect(job.FinalMetricDataList?.map(({ MetricName, Value }) => [MetricName, Value])).toEqual([['train:loss', 0.5]]);
    const { Tags } = await bench.sageMaker.send(new ListTagsCommand({ ResourceArn: TrainingJobArn }));
    expect(Tags).toEqual([{ Key: 'made-by', Value: 'a test' }]);
    const Key = job.ModelArtifacts!.S3ModelArtifacts!.replace(`s3://${BUCKET}/`, '');
    const { Body } = await bench.s3Client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    const left = Buffer.from(await Body!.transformToByteArray());
    expect(left.equals(readFileSync(join(bench.outputs, 'training', 'model.tar.gz')))).toBe(true);
  });

  test('leaves the folder that its first argument names when it is a processing job', async () => {
    await startProcessing('leaves');

    expect((await endedProcessing('leaves')).ProcessingJobStatus).toBe('Completed');
    const { Contents = [] } = await bench.s3Client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'leaves/data/' }),
    );
    expect(Contents.map(({ Key }) => Key)).toEqual(
      expect.arrayContaining(['leaves/data/train/pairs.jsonl', 'leaves/data/corpus/corpus.jsonl']),
    );
  });

  test('announces each of its changes', async () => {
    await train('announces');
    await endedTraining('announces');

    await until('all are announced', () => announcedOf('announces').length === 5);
    expect(announcedOf('announces').map(({ detail }) => detail.SecondaryStatus)).toEqual([
      'Starting',
      'Downloading',
      'Training',
      'Uploading',
      'Completed',
    ]);
  });

  test('has a log', async () => {
    await train('logs');
    const logGroupName = '/aws/sagemaker/TrainingJobs';
    const { logStreams } = await bench.logs.send(
      new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: 'logs/' }),
    );
    const { logStreamName } = logStreams![0]!;
    const { events } = await bench.logs.send(new GetLogEventsCommand({ logGroupName, logStreamName }));
    expect(events?.map(({ message }) => message)).toContain('step=10 loss=0.5');
  });

  test('is stopped, and refuses to be stopped again once it has ended', async () => {
    await train('halted');
    await startProcessing('halted');

    await bench.sageMaker.send(new StopTrainingJobCommand({ TrainingJobName: 'halted' }));
    await bench.sageMaker.send(new StopProcessingJobCommand({ ProcessingJobName: 'halted' }));

    const job = await endedTraining('halted');
    expect(job.TrainingJobStatus).toBe('Stopped');
    expect(job.SecondaryStatusTransitions?.slice(-2).map(({ Status }) => Status)).toEqual(['Stopping', 'Stopped']);
    expect((await endedProcessing('halted')).ProcessingJobStatus).toBe('Stopped');
    expect(
      await refusal(bench.sageMaker.send(new StopTrainingJobCommand({ TrainingJobName: 'halted' }))),
    ).toMatchObject({
      name: 'ValidationException',
      message: 'The request was rejected because the training job is in status Stopped',
    });
  });

  test('keeps its name to itself, and its request is checked like any', async () => {
    await train('taken');
    await startProcessing('taken');

    expect(await refusal(train('taken'))).toMatchObject({ name: 'ResourceInUse' });
    expect(await refusal(startProcessing('taken'))).toMatchObject({ name: 'ResourceInUse' });
    expect(await refusal(train('not_a_name'))).toMatchObject({ name: 'ValidationException' });
  });

  test('ends after a kill of the emulator, whether it was due meanwhile or not', async () => {
    await train('survives');
    await startProcessing('survives');

    await bench.killEmulator();
    await bench.startEmulator();

    expect((await endedTraining('survives')).SecondaryStatusTransitions?.map(({ Status }) => Status)).toEqual([
      'Starting',
      'Downloading',
      'Training',
      'Uploading',
      'Completed',
    ]);
    expect((await endedProcessing('survives')).ProcessingJobStatus).toBe('Completed');
  });
});

describe('an endpoint in instant mode', () => {
  test('is Creating for its time, then answers with the recorded vectors, and goes', async () => {
    await bench.upload('instant/model.tar.gz', 'archive');
    await bench.modelOf('instant', `s3://${BUCKET}/instant/model.tar.gz`);
    await bench.config('instant', {});
    await bench.sageMaker.send(new CreateEndpointCommand({ EndpointName: 'instant', EndpointConfigName: 'instant' }));
    expect((await bench.describe('instant')).EndpointStatus).toBe('Creating');

    expect((await bench.settled('instant')).EndpointStatus).toBe('InService');
    const { probes } = JSON.parse(readFileSync(join(bench.outputs, 'evaluate', 'probes.json'), 'utf8')) as {
      probes: { text: string; vector: number[] }[];
    };
    const { output } = await bench.invoke('instant', { inputs: [probes[1]!.text, 'never seen'] });
    expect(output).toEqual([probes[1]!.vector, [1, 0, 0, 0]]);
    expect(await refusal(bench.invoke('instant', { inputs: 1 }))).toMatchObject({ name: 'ModelError' });

    await bench.killEmulator();
    await bench.startEmulator();
    expect((await bench.invoke('instant', { inputs: 'one' })).output).toEqual([probes[0]!.vector]);

    await bench.sageMaker.send(new DeleteEndpointCommand({ EndpointName: 'instant' }));
    await until('it is gone', () =>
      bench.describe('instant').then(
        () => false,
        () => true,
      ),
    );
  });

  test('fails when its model data is not there', async () => {
    await bench.modelOf('empty', `s3://${BUCKET}/nowhere/model.tar.gz`);
    await bench.config('empty', {});
    await bench.sageMaker.send(new CreateEndpointCommand({ EndpointName: 'empty', EndpointConfigName: 'empty' }));

    expect(await bench.settled('empty')).toMatchObject({
      EndpointStatus: 'Failed',
      FailureReason: expect.stringContaining('Failed to download model data'),
    });
  });
});

describe('a fault that was asked for', () => {
  test('refuses a call as often as it was asked to, and has no effect then', async () => {
    await bench.faults({
      fault: 'error',
      operation: 'CreateTrainingJob',
      name: '^throttled$',
      code: 'ThrottlingException',
      times: 2,
    });

    expect(await refusal(train('throttled'))).toMatchObject({ name: 'ThrottlingException' });
    expect(await refusal(train('throttled'))).toMatchObject({ name: 'ThrottlingException' });
    await train('another');
    await train('throttled');
  });

  test('loses the reply of a call that had its effect', async () => {
    await bench.faults({ fault: 'replyLost', operation: 'CreateProcessingJob' });

    await refusal(startProcessing('unheard'));

    expect((await processing('unheard')).ProcessingJobStatus).toBe('InProgress');
  });

  test('ends a job as the platform, or a lack of capacity, would', async () => {
    const failureReason = 'CapacityError: Unable to provision requested ML compute capacity.';
    await bench.faults({ fault: 'end', name: '^no-capacity$', status: 'Failed', failureReason });

    await train('no-capacity');

    expect(await endedTraining('no-capacity')).toMatchObject({
      TrainingJobStatus: 'Failed',
      FailureReason: failureReason,
    });
  });

  test('shows a status that nobody knows, an old state, and takes its time', async () => {
    await startProcessing('odd');
    await bench.faults(
      { fault: 'set', operation: 'DescribeProcessingJob', members: { ProcessingJobStatus: 'Pondering' } },
      { fault: 'stale', operation: 'DescribeProcessingJob', times: 2 },
    );

    expect((await processing('odd')).ProcessingJobStatus).toBe('Pondering');
    expect((await processing('odd')).ProcessingJobStatus).toBe('Pondering');
    await bench.forgetFaults();
    await bench.faults({ fault: 'slow', operation: 'DescribeProcessingJob', ms: 300 });
    const since = performance.now();
    expect((await processing('odd')).ProcessingJobStatus).toMatch(/InProgress|Completed/);
    expect(performance.now() - since).toBeGreaterThanOrEqual(295);
  });

  test('loses, doubles and delays events', async () => {
    await bench.faults(
      { fault: 'event', name: '^lost$', how: 'lost', times: 5 },
      { fault: 'event', name: '^doubled$', how: 'doubled', times: 5 },
      { fault: 'event', name: '^late$', how: 'late', ms: 900, times: 5 },
    );
    await Promise.all(['lost', 'doubled', 'late'].map(train));
    await Promise.all(['lost', 'doubled', 'late'].map(endedTraining));

    await until('the late ones are there', () => announcedOf('late').length === 5);
    expect(announcedOf('doubled')).toHaveLength(10);
    expect(announcedOf('lost')).toEqual([]);
  });

  test('kills the emulator between the effect of a call and its answer', async () => {
    await bench.faults({ fault: 'crash', operation: 'CreateTrainingJob', when: 'after' });

    await refusal(train('half-known'));
    await bench.startEmulator();

    expect((await endedTraining('half-known')).TrainingJobStatus).toBe('Completed');
  });

  test('is refused, with the reason, when it is none', async () => {
    for (const body of ['[{"fault": "bad luck"}]', '[{"fault": "alarm", "name": "("}]']) {
      const reply = await bench.askFaults('POST', body);

      expect(reply.status).toBe(400);
      expect(await reply.text()).toContain('not a list of faults');
    }
  });
});
