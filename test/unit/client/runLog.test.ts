import type { CloudWatchLogsClient, GetLogEventsCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import type { LogLine } from '../../../src/client/report/logStreams.js';
import { linesOf, logSourceOf, type LogOptions } from '../../../src/client/report/runLog.js';
import type { JobView } from '../../../src/run/jobs.js';
import { freshProgress, type Progress } from '../../../src/run/progress.js';
import { awsError } from '../../support/awsError.js';

const job = (stage: string, name: string, status = 'Completed', kind = 'processing'): JobView =>
  ({ stage, name, status, kind, arn: '', instanceType: 'ml.m5.xlarge', describeCalls: 1 }) as JobView;
const run = (changes: Partial<Progress>): Progress => ({ ...freshProgress('finetune/t/1', 't'), ...changes });

/** CloudWatch with these groups: streams with their lines. A page holds two lines, or one stream. */
function cloudWatch(groups: Record<string, Record<string, string[]>>): () => CloudWatchLogsClient {
  const send = async ({ input }: { input: GetLogEventsCommandInput & { logStreamNamePrefix?: string } }) => {
    const group = groups[input.logGroupName!];
    if (!group) throw awsError('ResourceNotFoundException', 'The specified log group does not exist.', 400);
    const at = Number(input.nextToken ?? 0);
    if (input.logStreamName === undefined) {
      const names = Object.keys(group).filter((name) => name.startsWith(input.logStreamNamePrefix ?? ''));
      const next = at + 1 < names.length ? String(at + 1) : undefined;
      return { logStreams: names.slice(at, at + 1).map((logStreamName) => ({ logStreamName })), nextToken: next };
    }
    const lines = group[input.logStreamName]!.slice(at, at + 2);
    const events = lines.map((message, i) => ({ message, timestamp: 1000 * (at + i) }));
    return { events, nextForwardToken: String(at + lines.length) };
  };
  return () => ({ send }) as unknown as CloudWatchLogsClient;
}

async function read(
  groups: Parameters<typeof cloudWatch>[0],
  progress: Progress,
  { stage, ...options }: LogOptions = {},
  look = () => Promise.resolve(progress),
): Promise<string[]> {
  const found: LogLine[] = [];
  const source = logSourceOf(progress, stage);
  for await (const line of linesOf(cloudWatch(groups), source, look, { intervalMs: 5, ...options })) found.push(line);
  return found.map(({ text }) => text);
}

test('every line of every instance comes, by its time, and none of another job', async () => {
  const groups = {
    '/aws/sagemaker/TrainingJobs': {
      'attune-t/algo-1': ['a0', 'a1', 'a2', 'a3', 'a4'],
      'attune-t/algo-2': ['b0', 'b1', 'b2'],
      'attune-t2/algo-1': ['of another'],
    },
  };

  expect(await read(groups, run({ jobs: [job('train', 'attune-t', 'Failed', 'training')] }))).toEqual([
    'a0',
    'b0',
    'a1',
    'b1',
    'a2',
    'b2',
    'a3',
    'a4',
  ]);
});

test.each([
  [
    'what failed',
    run({ status: 'failed', jobs: [job('prepare', 'p'), job('train', 't', 'Failed', 'training')] }),
    'train',
  ],
  [
    'the last that ran',
    run({ jobs: [job('prepare', 'p'), job('train', 'never', 'NotStarted', 'training')] }),
    'prepare',
  ],
  [
    'the endpoint, where that failed',
    run({
      ...{ status: 'failed', stage: 'verify', jobs: [job('evaluate', 'e')] },
      endpoint: { name: 'search', configName: 'c', status: 'InService' },
    }),
    'deploy',
  ],
])('without a stage it is of %s', (_, progress, stage) => {
  expect(logSourceOf(progress).stage).toBe(stage);
});

test("an endpoint has a group of its own, and of a search it is the trials' logs", () => {
  const progress = run({
    jobs: [job('tune', 'attune-tune', 'Completed', 'tuning')],
    endpoint: { name: 'search', configName: 'c', status: 'InService' },
  });

  expect(logSourceOf(progress, 'deploy').place).toEqual({ group: '/aws/sagemaker/Endpoints/search' });
  expect(logSourceOf(progress, 'tune').place).toEqual({ group: '/aws/sagemaker/TrainingJobs', prefix: 'attune-tune-' });
  expect(() => logSourceOf(progress, 'train')).toThrow('no job of a stage train');
  expect(() => logSourceOf(run({}))).toThrow('has run no job yet');
});

test('a log that is followed goes on until the job has ended, and what it wrote at its end is there', async () => {
  const lines = ['first'];
  const groups = { '/aws/sagemaker/ProcessingJobs': { 'p/algo-1': lines } };
  const progress = run({ jobs: [job('prepare', 'p', 'InProgress')] });
  let looks = 0;
  const look = async (): Promise<Progress> => {
    looks += 1;
    lines.push(`line ${looks}`);
    return looks < 3 ? progress : run({ jobs: [job('prepare', 'p')] });
  };

  expect(await read(groups, progress, { follow: true }, look)).toEqual([
    'first',
    'line 1',
    'line 2',
    'line 3',
    'line 4',
  ]);
});

test('no log is told as that, and following can be given up', async () => {
  const progress = run({ jobs: [job('prepare', 'p', 'InProgress')] });

  await expect(read({}, progress)).rejects.toMatchObject({
    type: 'NotAvailable',
    message: 'there is no log of p in /aws/sagemaker/ProcessingJobs',
  });
  const signal = AbortSignal.timeout(30);
  await expect(read({}, progress, { follow: true, signal })).rejects.toMatchObject({ name: 'AbortError' });
});
