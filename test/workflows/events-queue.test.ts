/** State changes through SQS, against moto's queues: real visibility timeouts, real redrive. */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBridge, type Bridge } from '../../src/events/bridge.js';
import { readQueue, type EventQueue } from '../../src/events/sqs.js';
import type { FakeJob } from '../support/fakeJob.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop, type Run } from '../support/loop.js';
import { sharedMoto } from '../support/moto.js';

const REGION = 'eu-west-1';
const moto = sharedMoto();
let sqs: SQSClient;
const lines: string[] = [];
const readers: EventQueue[] = [];

beforeEach(() => {
  lines.length = 0;
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
  sqs ??= new SQSClient({ region: REGION, endpoint: moto().url });
});
afterEach(() => Promise.all(readers.splice(0).map((reader) => reader.close())));
afterAll(() => {
  vi.unstubAllEnvs();
  sqs?.destroy();
});

/** A queue with its dead-letter queue, as the template makes them. */
async function newQueue({ maxReceiveCount = 5, name = `q-${randomUUID()}` } = {}) {
  const make = async (QueueName: string, Attributes: Record<string, string> = {}): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
  const lost = await make(`${name}-lost`);
  const deadLetterTargetArn = (await attributesOf(lost)).QueueArn;
  const url = await make(name, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) });
  return {
    url,
    send: async (...bodies: (string | object)[]): Promise<void> => {
      const Entries = bodies.map((body, i) => ({
        Id: String(i),
        MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
      }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    },
    left: () => sizeOf(url),
    dead: () => sizeOf(lost),
  };
}

const attributesOf = async (QueueUrl: string): Promise<Record<string, string>> =>
  (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes!;

/** Messages that are visible or in some reader's hands. */
async function sizeOf(url: string): Promise<number> {
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await attributesOf(url);
  return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
}

function read(url: string, bridge: Bridge, visibilitySeconds = 30): EventQueue {
  const log = (line: string): void => void lines.push(line);
  const reader = readQueue(url, { bridge, region: REGION, log, visibilitySeconds, waitSeconds: 1 });
  readers.push(reader);
  return reader;
}

const event = (name: string, status: string, more: object = {}) => ({
  'detail-type': 'SageMaker Training Job State Change',
  source: 'aws.sagemaker',
  detail: { TrainingJobName: name, TrainingJobStatus: status, LastModifiedTime: String(Date.now()) },
  ...more,
});

const isTraining = ({ stage, arn }: { stage: string; arn: string }) => stage === 'train' && arn !== '';
/** So slow that only an event can be the reason when a job's end is seen. */
const slowPoll = { pollSeconds: 600, freshPollSeconds: 600 };

interface Training {
  run: Run;
  job: FakeJob;
  sageMaker: FakeSageMaker;
  queue: Awaited<ReturnType<typeof newQueue>>;
  /** Its events come through the queue. */
  bridge: Bridge;
}

/** A run whose training does not end, and hardly ever looks by itself. */
async function whileTraining(body: (training: Training) => Promise<void>): Promise<void> {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  sageMaker.jobMs = 0;
  await withLoop(sageMaker, async ({ startRun, client }) => {
    const queue = await newQueue();
    const bridge = createBridge(client, 'eventbridge');
    read(queue.url, bridge);
    const run = await startRun({ deploy: false, timings: slowPoll });
    await untilProgress(run, ({ jobs }) => jobs.some(isTraining));
    await body({ run, job: sageMaker.jobOf('train')!, sageMaker, queue, bridge });
  });
}

test('an event in the queue wakes the wait for a job, and is deleted', async () => {
  await whileTraining(async ({ run, job, sageMaker, queue, bridge }) => {
    await sageMaker.end(job.name);
    await queue.send(event(job.name, 'Completed'));

    expect(await run.result()).toMatchObject({ status: 'done' });
    await until(async () => (await queue.left()) === 0);
    expect(bridge.counts).toMatchObject({ signalled: 1, nobodyWaits: 0 });
  });
});

test('forged, repeated and reordered events while a job runs change nothing but the number of looks; late ones not even that', async () => {
  await whileTraining(async ({ run, job, sageMaker, queue, bridge }) => {
    const looksBefore = job.describes;

    const forged = event(job.name, 'Completed');
    await queue.send(
      forged,
      forged,
      event(job.name, 'Failed'),
      event(job.name, 'InProgress'),
      event(job.name, 'Stopped'),
    );
    await until(() => bridge.counts.signalled === 5 && job.describes > looksBefore);

    const now = await run.query<{ stage: string; status: string }>('progress');
    expect(now).toMatchObject({ stage: 'train', status: 'running' });
    expect(sageMaker.jobs()).toHaveLength(2);

    await sageMaker.end(job.name);
    await queue.send(event(job.name, 'InProgress'));
    expect(await run.result()).toMatchObject({ status: 'done' });
    expect(sageMaker.jobs()).toHaveLength(3);

    await queue.send(forged, event('attune-of-somebody-else', 'Completed'));
    await until(() => bridge.counts.nobodyWaits === 2);
    await until(async () => (await queue.left()) === 0);
    expect(await queue.dead()).toBe(0);
  });
});

/** Takes every change. What it is not given, a test does not need. */
function bridgeThat(answer: (delivered: number) => void = () => undefined) {
  let delivered = 0;
  const client = {
    withDeadline: (_: number, call: () => Promise<void>) => call(),
    workflow: { getHandle: () => ({ signal: async () => answer((delivered += 1)) }) },
  };
  return createBridge(client as never, 'eventbridge');
}

test('what is no event goes to the dead-letter queue; what nobody waits for is counted and deleted', async () => {
  const queue = await newQueue({ maxReceiveCount: 2 });
  const bridge = bridgeThat();
  await queue.send(
    'not JSON',
    { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'corpus' },
    event('../../etc', 'Completed'),
    event('attune-x-train-1', 'Completed', { 'detail-type': 'SageMaker Model Package State Change' }),
    event('attune-x-train-1', 'Completed', { source: 'com.example' }),
    event('attune-x-train-1', 'Completed'),
  );

  read(queue.url, bridge, 1);
  await until(async () => (await queue.dead()) === 3);

  expect(await queue.left()).toBe(0);
  expect(bridge.counts).toMatchObject({ signalled: 1, ignored: 2 });
  expect(lines.filter((line) => line.includes('is left for the dead-letter queue'))).not.toHaveLength(0);
});

test('while Temporal is away events are held: none is lost, none is dead-lettered', async () => {
  const queue = await newQueue({ maxReceiveCount: 1 });
  const bridge = bridgeThat((delivered) => {
    if (delivered <= 9) throw new Error('14 UNAVAILABLE'); // three events, three times
  });
  await queue.send(event('a', 'Completed'), event('b', 'Completed'), event('c', 'Completed'));

  read(queue.url, bridge, 2); // shorter than the pauses together
  await until(() => lines.includes('events: Temporal takes signals again'));

  expect(bridge.counts.signalled).toBe(3);
  expect([await queue.left(), await queue.dead()]).toEqual([0, 0]);
  expect(lines.join('\n')).toContain('held, Temporal does not take it: Error (14 UNAVAILABLE)');
});

test('a reader that is closed gives what it holds back at once', async () => {
  const queue = await newQueue();
  await queue.send(event('a', 'Completed'));
  const reader = read(
    queue.url,
    bridgeThat(() => {
      throw new Error('14 UNAVAILABLE');
    }),
    600,
  );
  await until(() => lines.some((line) => line.includes('is held')));

  await reader.close();

  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 10 }));
  expect(Messages).toHaveLength(1);
});

test('a queue that is not there is told once, and read as soon as it is', async () => {
  const name = `later-${randomUUID()}`;
  const { url } = await newQueue();
  const bridge = bridgeThat();
  read(url.replace(/[^/]+$/, name), bridge);
  await until(() => lines.some((line) => /NonExistentQueue|QueueDoesNotExist/.test(line)));

  const queue = await newQueue({ name });
  await queue.send(event('a', 'Completed'));

  await until(() => lines.includes('events: the queue answers again'));
  expect(bridge.counts.signalled).toBe(1);
  expect(lines.filter((line) => line.endsWith('trying again'))).toHaveLength(1);
});
