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
const clients = { sageMaker: out, s3: out, runtime: out, logs: out, autoScaling: out, secrets: out, bedrockJobs: out };
const deps = { ...clients, settings, pythonDir: 'python' } as unknown as Deps;

type Activity = (input: never) => Promise<unknown>;
const { preflight, settleEmbedding, ...others } = { ...createAwsActivities(deps), ...createIoActivities(deps) };

/** As much of every input as leads an activity to its first call. */
const raw = { apiVersion: 'attune/v1', name: 'x', data: { pairs: 's3://bucket/pairs.jsonl' } };
const { spec: plain } = parseSpec(raw) as { spec: { data: object } };
const questions = { model: 'openai:x', url: 'http://127.0.0.1:9/v1', parallel: 1 };
const reference = { secretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:s' };
const index = { store: 'pgvector', url: reference, table: 'docs', hnsw: {} };
const embed = { output: 's3://bucket/vectors/', kind: 'document' };
const spec = { ...plain, index, embed, data: { ...plain.data, questions } };
const code = { sources: 's3://bucket/c', hash: 'h', training: 's3://bucket/c/t.tar.gz', jobs: 's3://bucket/c/j/' };
const run = {
  spec,
  code,
  images: {},
  run: 'r',
  embedding: { engine: 'float32' },
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
    progress: { artifacts: { reportHtml: 's3://bucket/r.html' } },
    version: { name: 'docs', version: 'v' },
    words: 'x',
    tuningJob: 'x',
    stage: 'train',
    attempt: 1,
  },
  ...{ from: 0, to: 1, raw: { ...raw, index }, round: 'write', folder: 's3://bucket/parts/' },
  plan: { run, version: { name: 'docs', version: 'v' }, part: 'p' },
  ...{ model: { group: 'g', modelDataUrl: 's3://bucket/m.tar.gz', sha256: '0', reasons: [] }, modelPackage: 'arn' },
};

/** They ask AWS for nothing. */
const WITHOUT_CALLS = ['planDeployment'];
/** The run goes on without: what it tells people late is no news. */
const GIVE_UP = ['tellPeople'];

test.each(Object.entries(others).filter(([name]) => ![...WITHOUT_CALLS, ...GIVE_UP].includes(name)))(
  '%s waits for credentials: nobody can say without them what is left',
  async (_, activity) => {
    const failure = await inActivity(activity as Activity, input as never).catch((error: unknown) => error);

    expect((failure as Error).message).toContain("renew the worker's AWS credentials");
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ nonRetryable: false });
  },
);

const places = { input: 's3://bucket/texts.jsonl', output: 's3://bucket/vectors/' };
const request = { apiVersion: 'attune/v1', name: 'x', ...places, endpoint: 'x' };
const impatient = createIoActivities({ ...deps, propagationMs: 0 });

test.each([
  ['preflight', raw, preflight, impatient.preflight],
  ['settleEmbedding', request, settleEmbedding, impatient.settleEmbedding],
] as const)(
  '%s waits some minutes for credentials, then says that there are none: nothing has begun',
  async (_, asked, patient, hasty) => {
    const ask = { raw: asked, workflowId: 'w', run: 'r', namespace: 'default' };

    await expect(inActivity(patient as Activity, ask as never)).rejects.toMatchObject({
      type: 'AccessDenied',
      nonRetryable: false,
    });
    await expect(inActivity(hasty as Activity, ask as never)).rejects.toMatchObject({
      type: 'AccessDenied',
      nonRetryable: true,
    });
  },
);
