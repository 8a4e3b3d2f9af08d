import { expect, test } from 'vitest';
import { jsonOf, lineOf, withoutSecrets } from '../../../src/worker/log.js';

const at = BigInt(Date.UTC(2026, 0, 2)) * 1_000_000n;

test('a warning is one line that names the run, the activity and what went wrong', () => {
  const line = lineOf({
    level: 'WARN',
    message: 'Activity failed',
    timestampNanos: at,
    meta: { workflowId: 'finetune/x', activityType: 'packageModel', attempt: 2, error: new Error('no\n  archive') },
  });

  expect(line).toBe(
    '2026-01-02T00:00:00.000Z WARN Activity failed workflowId=finetune/x activityType=packageModel attempt=2: no | archive',
  );
});

test('a message without facts is printed as it is', () => {
  expect(lineOf({ level: 'ERROR', message: 'gone', timestampNanos: at })).toBe('2026-01-02T00:00:00.000Z ERROR gone');
});

test('as JSON, a line is one object that names the run, the job and the activity', () => {
  const line = jsonOf({
    level: 'WARN',
    message: 'Activity failed',
    timestampNanos: at,
    meta: {
      workflowId: 'job/attune-x-train-1a2b',
      runId: '01a2',
      activityType: 'describeJob',
      attempt: 2,
      taskQueue: 'attune-aws',
      error: new Error('no\n  answer'),
    },
  });

  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    time: '2026-01-02T00:00:00.000Z',
    level: 'WARN',
    message: 'Activity failed',
    workflowId: 'job/attune-x-train-1a2b',
    runId: '01a2',
    jobName: 'attune-x-train-1a2b',
    activityType: 'describeJob',
    attempt: 2,
    taskQueue: 'attune-aws',
    error: 'no\n  answer',
  });
});

test.each([
  ['a secret of the environment', 'refused: wJalrXUtnFEMI/K7MDENG', 'refused: ***'],
  ['an Authorization header', 'sent {"authorization": "Bearer eyJhbGciOi.J9"}', 'sent {"authorization": "Bearer ***"}'],
  [
    'a signed URL',
    'GET https://b.s3.amazonaws.com/k?X-Amz-Signature=0a1b&X-Amz-Security-Token=IQoJ%2F&x=1',
    'GET https://b.s3.amazonaws.com/k?X-Amz-Signature=***&X-Amz-Security-Token=***&x=1',
  ],
])('%s does not get into the log', (_what, line, said) => {
  expect(withoutSecrets(line, { AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG' })).toBe(said);
});
