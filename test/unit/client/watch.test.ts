import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { S3Client } from '@aws-sdk/client-s3';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { sha256 } from '../../../src/aws/hash.js';
import { watch, type WatchEvent } from '../../../src/client/runs/watch.js';
import { freshProgress, type Progress } from '../../../src/run/progress.js';
import { pointerOfId } from '../../../src/run/records.js';
import { FakeS3 } from '../../support/fakeS3.js';

const ID = 'finetune/help-desk/20261129-670026';
const at = (minute: number): string => `2026-11-29T16:${minute}:00.000Z`;

const job = (stage: 'prepare' | 'train', kind: 'processing' | 'training') => ({
  stage,
  kind,
  name: stage,
  arn: '',
  status: 'Completed',
  secondaryStatus: 'Completed',
  instanceType: 'ml.m5.xlarge',
  describeCalls: 1,
});
const ended: Progress = {
  ...freshProgress(ID, 'help-desk'),
  status: 'rejected',
  stage: 'gate',
  decision: 'rejected',
  timeline: [
    { stage: 'prepare', startedAt: at(45), endedAt: at(46) },
    { stage: 'train', startedAt: at(46), endedAt: at(49) },
    { stage: 'gate', startedAt: at(49), endedAt: at(50) },
  ],
  jobs: [job('prepare', 'processing'), job('train', 'training')],
};

/** Of a run that only its record knows, and whose training has a log still. */
async function eventsOf(progress: Progress): Promise<WatchEvent[]> {
  const describe = () => Promise.reject(new WorkflowNotFoundError('none', ID, undefined));
  const client = { workflow: { getHandle: () => ({ describe }) } } as unknown as Client;
  const s3 = new FakeS3();
  s3.put(pointerOfId('s3://bucket/attune/', sha256(ID)), JSON.stringify({ record: 's3://bucket/run.json' }));
  s3.put('s3://bucket/run.json', JSON.stringify({ version: 1, runId: 'r', ...progress }));
  const events = [{ message: 'attune-metric step=4 epoch=1.00 loss=0.5', timestamp: Date.parse(at(47)) }];
  const send = ({ input }: { input: { nextToken?: string; logStreamNamePrefix?: string } }) =>
    Promise.resolve(
      input.logStreamNamePrefix
        ? { logStreams: [{ logStreamName: 'train/1' }] }
        : { events: input.nextToken ? [] : events, nextForwardToken: 't' },
    );
  const logs = () => ({ send }) as unknown as CloudWatchLogsClient;
  const records = { s3: () => s3 as unknown as S3Client, settings: { bucket: 'bucket', prefix: 'attune' } };
  const seen: WatchEvent[] = [];
  for await (const event of watch(client, logs, records, ID)) seen.push(event);
  return seen;
}

test('who comes late hears of a run in the order and at the times in which it happened', async () => {
  const told = (await eventsOf(ended)).map((event) => {
    const what = 'stage' in event ? `${event.stage} ${'state' in event ? event.state : event.type}` : event.type;
    return `${event.at.slice(14, 16)} ${what}`;
  });

  expect(told).toEqual([
    '45 prepare started',
    '46 prepare job',
    '46 prepare ended',
    '46 train started',
    '47 metric',
    '49 train job',
    '49 train ended',
    '49 gate started',
    '50 decision',
    '50 gate ended',
    '50 gate progress',
    '50 end',
  ]);
});

test('a run that has ended took as long as it ran, whenever one looks', async () => {
  expect(await eventsOf(ended)).toContainEqual(expect.objectContaining({ type: 'progress', elapsedSeconds: 300 }));
});
