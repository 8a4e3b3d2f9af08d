import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { createAwsActivities, createIoActivities, type Deps } from '../../src/activities/index.js';
import { parseSpec } from '../../src/spec/parse.js';
import { awsError } from '../support/awsError.js';
import { inActivity } from '../support/inActivity.js';

const expired = awsError('ExpiredTokenException', 'The security token included in the request is expired');
const out = { send: () => Promise.reject(expired) };
const settings = {
  bucket: 'bucket',
  prefix: 'attune',
  roleArn: 'arn:aws:iam::000000000000:role/r',
  region: 'us-east-1',
};
const clients = { sageMaker: out, s3: out, runtime: out, logs: out, autoScaling: out };
const deps = { ...clients, settings, pythonDir: 'python' } as unknown as Deps;

type Activity = (input: never) => Promise<unknown>;
const { preflight, ...others } = { ...createAwsActivities(deps), ...createIoActivities(deps) };

/** As much of every input as leads an activity to its first call. */
const raw = { apiVersion: 'attune/v1', name: 'x', data: { pairs: 's3://bucket/pairs.jsonl' } };
const { spec } = parseSpec(raw) as { spec: object };
const code = { sources: 's3://bucket/c', hash: 'h', training: 's3://bucket/c/t.tar.gz', jobs: 's3://bucket/c/j/' };
const run = {
  spec,
  code,
  images: {},
  run: 'r',
  dataHash: 'd',
  recipeHash: 'h',
  folder: 's3://bucket/attune/x/r/',
  workflowId: 'w',
  namespace: 'default',
  region: 'us-east-1',
};
const tags = [{ Key: 'attune:workflow', Value: 'w' }];
const input = {
  ...{ run, spec, tags, kind: 'training', name: 'x', request: {}, requestHash: 'h', pollMs: 1, freshPollMs: 1 },
  ...{ quotaMs: 0, woken: false, announced: false, endpoint: 'x', configName: 'x', update: {}, back: false },
  ...{
    autoscaling: { minInstances: 1, maxInstances: 2 },
    to: { uri: 's3://bucket/log' },
    modelDataUrl: 's3://bucket/m.tar.gz',
    uri: 's3://bucket/r.json',
  },
  ...{
    decision: { verdict: 'approved', by: 'x', at: '' },
    progress: {},
    words: 'x',
    tuningJob: 'x',
    stage: 'train',
    attempt: 1,
  },
  ...{ model: { group: 'g', modelDataUrl: 's3://bucket/m.tar.gz', sha256: '0', reasons: [] }, modelPackage: 'arn' },
};

/** They ask AWS for nothing. */
const WITHOUT_CALLS = ['planDeployment'];

test.each(Object.entries(others).filter(([name]) => !WITHOUT_CALLS.includes(name)))(
  '%s waits for credentials: nobody can say without them what is left',
  async (_, activity) => {
    const failure = await inActivity(activity as Activity, input as never).catch((error: unknown) => error);

    expect((failure as Error).message).toContain("renew the worker's AWS credentials");
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ nonRetryable: false });
  },
);

test('preflight waits some minutes for credentials, then says that there are none: nothing has begun', async () => {
  const ask = { raw, workflowId: 'w', run: 'r', namespace: 'default' };
  const impatient = createIoActivities({ ...deps, propagationMs: 0 }).preflight;

  await expect(inActivity(preflight as Activity, ask as never)).rejects.toMatchObject({
    type: 'AccessDenied',
    nonRetryable: false,
  });
  await expect(inActivity(impatient as Activity, ask as never)).rejects.toMatchObject({
    type: 'AccessDenied',
    nonRetryable: true,
  });
});
