/**
 * The index goes with the model: over a real PostgreSQL with pgvector, endpoint and index go into service together or not at all.
 */
import type { WorkflowHandle } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf } from '../../src/activities/vectorIndex/serving.js';
import { retryRun } from '../../src/client/runs/retry.js';
import { undeploy } from '../../src/client/service/undeploy.js';
import { knownBy } from '../../src/client/sweep/temporal.js';
import { retireWorkflowId } from '../../src/run/ids.js';
import { progress } from '../../src/run/messages.js';
import type { fineTune } from '../../src/workflows/index.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop, type Loop } from '../support/loop.js';
import { indexDatabase, indexed, type IndexDatabase } from '../support/postgres/indexDatabase.js';

let own: IndexDatabase;
beforeAll(async () => {
  own = await indexDatabase();
});
afterAll(() => own.stop());

/** The workflow that removes what served before. */
const retiring = (table: string, { client }: Loop, endpoint = table): WorkflowHandle => {
  const { index } = indexed(table);
  const run = { roleArn: 'arn:aws:iam::000000000000:role/test', region: 'us-east-1', spec: { index } };
  return client.workflow.getHandle(retireWorkflowId(endpoint, digestOf(run)));
};

const namesOf = ({ sageMaker }: Loop): string[] => sageMaker.endpoints().map(({ name }) => name);

test('a run with an index ends with endpoint and index in service by one pointer, each document there once', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const run = await (await loop.startRun(indexed('whole'))).result();

    expect(run.status).toBe('done');
    expect(run.timeline.map(({ stage }) => stage)).toEqual([
      'preflight',
      'prepare',
      'train',
      'evaluate',
      'gate',
      'package',
      'deploy',
      'verify',
      'index',
      'switch',
    ]);
    const pointer = (await own.store.pointer('whole'))!;
    expect(pointer.version).toMatchObject({ endpoint: run.endpoint!.name, state: 'ready' });
    expect(run.endpoint!.name).toMatch(/^whole-[0-9a-f]{8}$/);
    expect(run.index).toMatchObject({ name: 'whole', version: pointer.version.version, documents: 12, of: 12 });
    expect(run.index!.check).toMatchObject({ passed: true, recall: 1, ndcg: 1, questions: 12 });
    expect(await own.store.inventory(pointer.version)).toMatchObject({ documents: 12 });
    // Whoever searches the index asks this endpoint.
    const account = { temporal: knownBy(loop.client), ...loop.sageMaker.sweepable };
    await expect(undeploy(account, run.endpoint!.name, 5)).rejects.toMatchObject({
      type: 'InvalidRequest',
      message: expect.stringContaining('the index whole'),
    });
    // The address of the database is in no history.
    expect(JSON.stringify(run)).not.toContain(own.database.url);
  });
});

test('what served before stays until its time is over, then goes with its endpoint', async () => {
  await withLoop(new FakeSageMaker().withDistinctModels(), async (loop) => {
    const first = await (await loop.startRun(indexed('kept'))).result();
    const second = await (await loop.startRun(indexed('kept', { keepSeconds: 60 }))).result();

    expect(second.metrics.incumbent).toBeDefined();
    expect(second.index).toMatchObject({ replaced: first.index!.version });
    expect((await own.store.pointer('kept'))!.version.version).toBe(second.index!.version);
    expect(namesOf(loop).sort()).toEqual([first.endpoint!.name, second.endpoint!.name].sort());

    // As if the minute were over.
    await own.store.switchTo({
      name: 'kept',
      version: first.index!.version,
      from: second.index!.version,
      keepSeconds: 0,
    });
    await own.store.switchTo({
      name: 'kept',
      version: second.index!.version,
      from: first.index!.version,
      keepSeconds: 0,
    });
    await retiring('kept', loop).signal('lookAgain');
    await until(() => namesOf(loop).length === 1);

    expect(namesOf(loop)).toEqual([second.endpoint!.name]);
    expect((await own.store.versions('kept')).map(({ version }) => version)).toEqual([second.index!.version]);
    await retiring('kept', loop).result();
    expect(loop.sageMaker.configNames()).toEqual([second.endpoint!.configName]);
  });
});

/** As if the time of what is kept were over. */
async function timePasses(table: string): Promise<void> {
  const client = new pg.Client(own.database.url);
  await client.connect();
  await client.query('update attune_index_versions set retire_at = now() where name = $1 and retire_at is not null', [
    table,
  ]);
  await client.end();
}

test('what served before is removed also where the run that put it into service was of another spec', async () => {
  await withLoop(new FakeSageMaker().withDistinctModels(), async (loop) => {
    const { index } = indexed('renamed');
    const deploy = { endpoint: 'renamed', takeOver: true };
    await (await loop.startRun({ name: 'renamed-before', index, deploy })).result();
    const second = await (await loop.startRun({ name: 'renamed-after', index, deploy })).result();

    await timePasses('renamed');
    await retiring('renamed', loop).signal('lookAgain');

    await retiring('renamed', loop).result();
    expect(namesOf(loop)).toEqual([second.endpoint!.name]);
    expect((await own.store.versions('renamed')).map(({ version }) => version)).toEqual([second.index!.version]);
  });
});

test('of each index what served before is removed, also where the endpoint of both has one name', async () => {
  await withLoop(new FakeSageMaker().withDistinctModels(), async (loop) => {
    const deploy = { endpoint: 'one-name' };
    const [old, other] = ['one_table', 'other_table'].map((table) => ({
      ...indexed(table),
      ...{ name: 'one-name', deploy },
    }));
    for (const spec of [old, old, other, other]) await (await loop.startRun(spec)).result();

    await timePasses('other_table');
    await retiring('other_table', loop, 'one-name').signal('lookAgain');

    await until(async () => (await own.store.versions('other_table')).length === 1);
    expect(await own.store.versions('one_table')).toHaveLength(2);
    await until(() => namesOf(loop).length === 3);
  });
});

test.for([
  ['a document is missing in the index', { lost: 1 }, /11 documents are in the index, 12 were expected/],
  ['the questions are answered worse than in the evaluation', { missed: 0.2 }, /nDCG@10 through endpoint and index/],
] as const)('nothing is switched where %s, it is said why, and nothing is left', async ([, fault, words], { task }) => {
  const table = `refused_${task.name.length}`;
  await withLoop(new FakeSageMaker().withDistinctModels(), async (loop) => {
    const first = await (await loop.startRun(indexed(table))).result();
    Object.assign(loop.sageMaker.index, fault);
    const run = await loop.startRun(indexed(table));

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'IndexRefused', message: expect.stringMatching(words) },
    });
    expect((await own.store.pointer(table))!.version.version).toBe(first.index!.version);
    expect(namesOf(loop)).toEqual([first.endpoint!.name]);
    expect(await own.store.versions(table)).toHaveLength(1);
    const told = await run.query(progress);
    expect(told.index!.removed).toBe(true);
    expect(told.stopped.join()).toContain('removed');
  });
});

test('a cancel while the index is made leaves the pair in service and nothing of the new one; a retry makes it anew', async () => {
  await withLoop(new FakeSageMaker().withDistinctModels(), async (loop) => {
    const first = await (await loop.startRun(indexed('cancelled'))).result();
    loop.sageMaker.withJobsThatNeverEnd('index');
    const run = await loop.startRun(indexed('cancelled'));
    await untilProgress(run, ({ stage, jobs }) => stage === 'index' && jobs.some((job) => job.stage === 'index'));

    await run.cancel();

    await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect((await own.store.pointer('cancelled'))!.version.version).toBe(first.index!.version);
    expect(namesOf(loop)).toEqual([first.endpoint!.name]);
    expect(loop.sageMaker.modelNames()).toHaveLength(1);
    expect(await own.store.versions('cancelled')).toHaveLength(1);

    loop.sageMaker.letJobsEnd('index');
    await expect(retryRun(loop.client, () => '', run.workflowId, { from: 'index' })).rejects.toThrow(
      /continues from deploy/,
    );
    const retried = await retryRun(loop.client, () => '', run.workflowId);
    const { index } = await loop.client.workflow.getHandle<typeof fineTune>(run.workflowId, retried.runId).result();

    expect(retried.from).toBe('deploy');
    expect((await own.store.pointer('cancelled'))!.version.version).toBe(index!.version);
  });
});

test('a database that is away for a while, and a worker that dies, change nothing of the end', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    loop.sageMaker.withJobsThatNeverEnd('index');
    const run = await loop.startRun(indexed('outage'));
    // A run tells of a job before it is there.
    await until(() => loop.sageMaker.jobOf('index') !== undefined);
    await own.database.crash();
    loop.sageMaker.letJobsEnd('index');
    await loop.sageMaker.end(loop.sageMaker.jobOf('index')!.name);
    await loop.withoutWorkers(async () => undefined);
    await own.database.start();

    expect(await run.result()).toMatchObject({ status: 'done', index: { documents: 12 } });
    expect(await own.store.inventory((await own.store.pointer('outage'))!.version)).toMatchObject({ documents: 12 });
  });
});

test('a spec whose database cannot be found is refused before a job is paid for', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const run = await loop.startRun(indexed('nowhere', { url: { variable: 'ATTUNE_INDEX_NONE' } }));

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'NotFound', message: expect.stringContaining('variable ATTUNE_INDEX_NONE') },
    });
    expect(loop.sageMaker.jobs()).toEqual([]);
  });
});
