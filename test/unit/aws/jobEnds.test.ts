import { expect, test } from 'vitest';
import { classifyEnd, isTerminal } from '../../../src/aws/jobEnds.js';

test.each([
  [{ status: 'Completed' }, 'completed'],
  [{ status: 'Failed', failureReason: 'AlgorithmError: the loss is not a number, exit code: 2' }, 'user'],
  [{ status: 'Failed', failureReason: 'ClientError: the image could not be pulled' }, 'user'],
  [{ status: 'Failed', failureReason: 'InternalServerError: We encountered an internal error.' }, 'platform'],
  [
    { status: 'Failed', failureReason: 'CapacityError: Unable to provision requested ML compute capacity.' },
    'capacity',
  ],
  [{ status: 'Stopped', secondaryStatus: 'MaxWaitTimeExceeded' }, 'capacity'],
  [{ status: 'Stopped', secondaryStatus: 'MaxRuntimeExceeded' }, 'overran'],
  [{ status: 'Stopped', secondaryStatus: 'Stopped' }, 'stopped'],
  [{ status: 'Failed' }, 'user'],
])('%o ends as %s', (ending, expected) => {
  expect(classifyEnd(ending)).toBe(expected);
});

test.each(['InProgress', 'Stopping', 'Deleting', 'SomethingNew', ''])(
  'a job that is "%s" is taken to run on',
  (status) => {
    expect(isTerminal(status)).toBe(false);
  },
);
