import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { retryRun } from '../../src/client/runs/retry.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { digestOf } from '../../src/activities/vectorIndex/serving.js';
import { retireWorkflowId } from '../../src/run/ids.js';
import { approve, cancelStage } from '../../src/run/messages.js';
import type { embedTexts } from '../../src/workflows/index.js';
import { awsError } from '../support/awsError.js';
import { deploymentOf, queueOf } from '../support/endpointWorkflows.js';
import { modelArchive } from '../support/modelArchive.js';
import type { FakeBedrock } from '../support/fakeBedrock.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { HISTORIES } from '../support/histories.js';
import { reset } from '../support/resetting.js';
import { smallSpec, until, untilProgress, withLoop, type Loop, type Run } from '../support/loop.js';
import { batchesOf, withBatches } from '../support/withBatches.js';
import { vectorDatabase } from '../support/postgres/vectorDatabase.js';

interface Scenario {
  sageMaker?: () => FakeSageMaker;
  spec?: Partial<FineTuneSpecInput>;
  /** Another workflow than the loop. */
  start?: (loop: Loop) => Promise<Run>;
  before?: (loop: Loop) => Promise<unknown>;
  during?: (run: Run, loop: Loop) => Promise<unknown>;
  ends: 'COMPLETED' | 'FAILED' | 'CANCELLED';
}

const embedding = async (loop: Loop, by: { model?: string; endpoint?: string }): Promise<Run> => {
  const { s3 } = loop.sageMaker;
  s3.put('s3://texts/in.jsonl', '{"id": "d0", "text": "a"}\n');
  if (by.model) s3.put(by.model, await modelArchive());
  const timings = { pollSeconds: 0.03, freshPollSeconds: 0.02 };
  const request = { apiVersion: 'attune/v1', name: 'embed-out', input: 's3://texts/in.jsonl', ...by, timings } as const;
  const input = { ...request, output: 's3://vectors/out/' };
  return loop.start<typeof embedTexts>('embedTexts', [input]) as unknown as Promise<Run>;
};
const TRAINED = 's3://elsewhere/trained/model.tar.gz';

const jobAt =
  (stage: string) =>
  async (_: Run, { sageMaker }: Loop) =>
    until(() => sageMaker.jobOf(stage) !== undefined);
const lost = () => awsError('InternalFailure', 'the answer was lost', 500);

const SCENARIOS: Record<string, Scenario> = {
  done: { ends: 'COMPLETED' },
  'done-without-deployment': { spec: { deploy: false }, ends: 'COMPLETED' },
  'incumbent-replaced': {
    spec: { deploy: { endpoint: 'rec-replaced' } },
    before: ({ sageMaker }) => sageMaker.serving('rec-replaced'),
    ends: 'COMPLETED',
  },
  'gate-rejected': {
    sageMaker: () => new FakeSageMaker().withEvaluation({ overBase: [-0.01, 0.02, 0.05] }),
    ends: 'COMPLETED',
  },
  approved: {
    spec: { deploy: { approval: 'required' } },
    during: async (run) => {
      await untilProgress(run, ({ status }) => status === 'waitingForApproval');
      await run.executeUpdate(approve, { args: [{ by: 'R. Imai', reason: 'checked 20 queries' }] });
    },
    ends: 'COMPLETED',
  },
  adopted: {
    sageMaker: () => new FakeSageMaker().withFault('CreateTrainingJob', lost(), { afterEffect: true }),
    ends: 'COMPLETED',
  },
  'platform-fault': {
    sageMaker: () =>
      new FakeSageMaker().withEndings('train', { status: 'Failed', failureReason: 'InternalServerError: again' }),
    ends: 'COMPLETED',
  },
  notified: { spec: { notify: [{ workflowId: 'nobody-listens' }] }, ends: 'COMPLETED' },
  'spec-refused': { spec: { train: { epochs: 0 } }, ends: 'FAILED' },
  'job-failed': {
    sageMaker: () =>
      new FakeSageMaker().withEndings('train', { status: 'Failed', failureReason: 'AlgorithmError: no' }),
    ends: 'FAILED',
  },
  retried: {
    sageMaker: () =>
      new FakeSageMaker().withEndings('train', { status: 'Failed', failureReason: 'AlgorithmError: no' }),
    spec: { deploy: false },
    during: async (run, { client }) => {
      await run.result().catch(() => undefined);
      await retryRun(client, (id) => id, run.workflowId);
    },
    ends: 'COMPLETED',
  },
  'gone-over-again': {
    during: async (run, { client }) => {
      await run.result();
      await (await reset(client, run, 'FirstWorkflowTask')).result();
    },
    ends: 'COMPLETED',
  },
  'rolled-back': {
    sageMaker: () => new FakeSageMaker().withContainersThatDoNotStart(),
    spec: { deploy: { endpoint: 'rec-rolled-back' } },
    before: ({ sageMaker }) => sageMaker.serving('rec-rolled-back'),
    ends: 'FAILED',
  },
  'verification-failed': { sageMaker: () => new FakeSageMaker().withDrift(0.2), ends: 'FAILED' },
  'cancelled-at-train': {
    sageMaker: () => new FakeSageMaker().withJobsThatNeverEnd('train'),
    during: async (run, loop) => {
      await jobAt('train')(run, loop);
      await run.cancel();
    },
    ends: 'CANCELLED',
  },
  'cancelled-at-deploy': {
    sageMaker: () => new FakeSageMaker().withEndpointsThatNeverSettle(),
    during: async (run, { sageMaker }) => {
      await until(() => sageMaker.endpoints().length > 0);
      await run.cancel();
      sageMaker.letEndpointsSettle();
    },
    ends: 'CANCELLED',
  },
  tuned: {
    sageMaker: () => new FakeSageMaker().withTrialMetrics(0.6, 0.66, 0.64, undefined),
    spec: { tune: { trials: 4 }, deploy: false },
    ends: 'COMPLETED',
  },
  'no-trial-succeeded': {
    sageMaker: () => new FakeSageMaker().withTrialMetrics(undefined, undefined),
    spec: { tune: { trials: 2 }, deploy: false },
    ends: 'FAILED',
  },
  'no-capacity': {
    sageMaker: () =>
      new FakeSageMaker().withEndings('train', {
        status: 'Failed',
        failureReason: 'CapacityError: Unable to provision requested ML compute capacity.',
      }),
    spec: {
      compute: { train: { instanceType: ['ml.m5.xlarge', 'ml.c5.xlarge'], spot: true } },
      timings: { pollSeconds: 0.03, freshPollSeconds: 0.02, capacitySeconds: 0.05 },
    },
    ends: 'COMPLETED',
  },
  'budget-reached': {
    spec: {
      compute: { train: { instanceType: 'ml.m5.xlarge' }, evaluate: { instanceType: 'ml.m5.xlarge' } },
      prices: { asOf: 'today', usdPerHour: { 'ml.m5.xlarge': 6, 'ml.c6i.xlarge': 60 } },
      budget: { maxUsd: 4 },
    },
    ends: 'FAILED',
  },
  unchanged: {
    spec: { name: 'rec-unchanged', deploy: false, whenUnchanged: 'skip' },
    before: async ({ startRun }) =>
      (await startRun({ name: 'rec-unchanged', deploy: false, whenUnchanged: 'skip' })).result(),
    ends: 'COMPLETED',
  },
  'approval-expired': {
    spec: {
      deploy: { approval: 'required' },
      timings: { pollSeconds: 0.03, freshPollSeconds: 0.02, approvalReminderSeconds: 0.1, approvalSeconds: 0.4 },
      notify: [{ workflowId: 'nobody-listens' }],
    },
    ends: 'FAILED',
  },
  'embedded-by-a-job': { start: (loop) => embedding(loop, { model: TRAINED }), ends: 'COMPLETED' },
  'embedded-through-an-endpoint': {
    before: ({ sageMaker }) => sageMaker.serving('rec-embeds'),
    start: (loop) => embedding(loop, { endpoint: 'rec-embeds' }),
    ends: 'COMPLETED',
  },
  'cancelled-at-embed': {
    sageMaker: () => new FakeSageMaker().withJobsThatNeverEnd('embed'),
    start: (loop) => embedding(loop, { model: TRAINED }),
    during: async (run, loop) => {
      await jobAt('embed')(run, loop);
      await run.cancel();
    },
    ends: 'CANCELLED',
  },
  'stage-cancelled': {
    sageMaker: () => new FakeSageMaker().withJobsThatNeverEnd('train'),
    during: async (run, loop) => {
      await jobAt('train')(run, loop);
      await run.executeUpdate(cancelStage, { args: [{ by: 'R. Imai' }] });
    },
    ends: 'FAILED',
  },
};

mkdirSync(HISTORIES, { recursive: true });

test.each(Object.entries(SCENARIOS))('%s', async (name, scenario) => {
  await withLoop(scenario.sageMaker?.() ?? new FakeSageMaker(), async (loop) => {
    await scenario.before?.(loop);
    const run = await (scenario.start?.(loop) ?? loop.startRun(scenario.spec));
    await scenario.during?.(run, loop);
    const last = loop.client.workflow.getHandle(run.workflowId); // a reset makes another execution of it
    await last.result().catch(() => undefined);

    expect((await last.describe()).status.name).toBe(scenario.ends);
    await record(name, loop, run.workflowId);
    // The last job and the deployment, where there were any, tell what their workflows do in this outcome.
    const job = loop.sageMaker.jobs().findLast(({ stage }) => stage !== 'trial'); // trials have no workflow
    if (job) await record(`${name}.job`, loop, `job/${job.name}`);
    const endpoint = loop.sageMaker.pointed.at(-1);
    if (endpoint) await record(`${name}.deploy`, loop, deploymentOf(endpoint));
    if (endpoint) await record(`${name}.queue`, loop, queueOf(endpoint));
  });
});

test('with an index: made, followed, built, and brought level before its switch', async () => {
  const database = await vectorDatabase();
  process.env['ATTUNE_INDEX_URL'] = database.url;
  const index = { store: 'pgvector', url: { variable: 'ATTUNE_INDEX_URL' }, table: 'rec' } as const;
  const spec = { name: 'rec-index', index };
  await withLoop(new FakeSageMaker().withDistinctModels(), async (loop) => {
    const { s3, index: documents } = loop.sageMaker;
    const texts = Object.fromEntries(documents.texts.map((text, i) => [`d${i}`, text]));
    const written = (id: string): void => {
      documents.source = { ...texts, [id]: 'n is new' };
      s3.put('s3://test-bucket/pairs.jsonl', id);
    };
    const run = await loop.startRun(spec);
    await run.result();
    await record('indexed', loop, run.workflowId);
    written('new');
    const sync = await loop.start('syncIndex', [smallSpec(spec)] as never);
    await sync.result();
    await record('index-synced', loop, sync.workflowId);
    const build = await loop.start('buildIndex', [smallSpec(spec)] as never);
    await build.result();
    await record('index-built', loop, build.workflowId);

    const copying = s3.hold(/\/index\/[0-9a-f]{12}\/00001\.jsonl$/);
    const next = await loop.startRun(spec);
    await copying.reached;
    written('newer');
    await (await loop.start('syncIndex', [smallSpec(spec)] as never)).result();
    copying.release();
    await next.result();
    await record('index-brought-level', loop, next.workflowId);
    const where = { roleArn: 'arn:aws:iam::000000000000:role/test', region: 'us-east-1', spec };
    await record('index-retired', loop, retireWorkflowId('rec-index', digestOf(where)));
  });
  await database.stop();
});

test.each<[string, Scenario['ends'], (bedrock: FakeBedrock) => void, ((run: Run) => Promise<unknown>)?]>([
  ['batched', 'COMPLETED', () => undefined],
  [
    'cancelled-at-batch',
    'CANCELLED',
    (bedrock) => (bedrock.jobMs = 600_000),
    async (run) => {
      await untilProgress(run, (now) => batchesOf(now).some(({ records }) => records !== undefined));
      await run.cancel();
    },
  ],
  ['batch-failed', 'FAILED', (bedrock) => bedrock.endings.push({ status: 'Expired' })],
])('%s: questions in batch jobs', async (name, ends, arrange, during) => {
  await withBatches(async (batches) => {
    const run = await batches.ask({ judge: true });
    await during?.(run);
    await run.result().catch(() => undefined);

    expect((await run.describe()).status.name).toBe(ends);
    await record(name, batches, run.workflowId);
    await record(`${name}.job`, batches, `job/${batches.bedrock.jobs.at(-1)!.request.jobName!}`);
  }, arrange);
});

async function record(name: string, { client }: Pick<Loop, 'client'>, workflowId: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  const text = JSON.stringify(JSON.parse(historyToJSON(history)), withoutThisMachine);
  writeFileSync(`${HISTORIES}${name}.json`, `${text}\n`);
}

/** Nothing replays by them: where a worker ran, and where its files lay. */
function withoutThisMachine(key: string, value: unknown): unknown {
  if (key === 'identity' || (typeof value === 'string' && /^\d+@/.test(value))) return 'recorder';
  return key === 'stackTrace' ? undefined : value;
}
