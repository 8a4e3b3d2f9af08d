import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { MetricLines } from '../../../src/client/runs/metricLines.js';
import { awsError } from '../../support/awsError.js';

const refusing = (error: Error): MetricLines =>
  new MetricLines(() => ({ send: () => Promise.reject(error) }) as unknown as CloudWatchLogsClient);

test.each([
  awsError('ResourceNotFoundException', 'The specified log group does not exist.'),
  awsError('ValidationException', 'The specified log stream does not exist.'),
])('a log that is not there yet ($name) has no lines, and is no error', async (error) => {
  expect(await refusing(error).newOf('attune-x-train-1a2b')).toEqual([]);
});

test('a log that cannot be read says what to do, as every AWS call does', async () => {
  await expect(refusing(awsError('ExpiredTokenException', 'expired')).newOf('attune-x')).rejects.toMatchObject({
    type: 'AccessDenied',
    message: 'reading the log of attune-x: ExpiredTokenException (expired)',
    mend: expect.stringContaining('renew') as string,
  });
});

const printing = (...messages: string[]): MetricLines => {
  const send = ({ input }: { input: { nextToken?: string; logStreamNamePrefix?: string } }) =>
    Promise.resolve(
      input.logStreamNamePrefix
        ? { logStreams: [{ logStreamName: 'j/1' }] }
        : {
            events: input.nextToken ? [] : messages.map((message, i) => ({ message, timestamp: i * 1000 })),
            nextForwardToken: 't',
          },
    );
  return new MetricLines(() => ({ send }) as unknown as CloudWatchLogsClient);
};

test('metrics are read from their lines; all others are left alone', async () => {
  const lines = ['step=40 loss=0.5', 'attune-metric step=40 epoch=1.00 progress=0.5 loss=5e-1 dev_ndcg_at_10=0.7123'];

  expect(await printing(...lines).newOf('j')).toEqual([
    { at: '1970-01-01T00:00:01.000Z', step: 40, epoch: 1, progress: 0.5, loss: 0.5, devNdcgAt10: 0.7123 },
  ]);
});

test('the score of the weights that are kept, which a job tells once more at its end, is told once', async () => {
  const score = (step: number, value: string) => `attune-metric step=${step} epoch=1.00 dev_ndcg_at_10=${value}`;

  const found = await printing(
    score(0, '0.5'),
    score(4, '0.9'),
    score(8, '0.8'),
    score(8, '0.85'),
    score(4, '0.9'),
  ).newOf('j');

  expect(found.map(({ step, devNdcgAt10 }) => [step, devNdcgAt10])).toEqual([
    [0, 0.5],
    [4, 0.9],
    [8, 0.8],
    [8, 0.85],
  ]);
});
