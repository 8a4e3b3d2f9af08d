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
