/**
 * The index goes with the model, in S3 Vectors, by the local stand-in: loaded, checked, switched, gone back from, brought level, retired.
 */
import { CreateVectorBucketCommand, ListIndexesCommand } from '@aws-sdk/client-s3vectors';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf } from '../../src/activities/vectorIndex/serving.js';
import { rollBackIndex } from '../../src/client/index/rollback.js';
import { search } from '../../src/client/index/search.js';
import { retireWorkflowId } from '../../src/run/ids.js';
import { progress } from '../../src/run/messages.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { openS3Vectors } from '../../src/vectorStore/s3vectors/index.js';
import { placeIn, pointerOf } from '../../src/vectorStore/s3vectors/place.js';
import type { VectorStore } from '../../src/vectorStore/store.js';
import type { syncIndex } from '../../src/workflows/index.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { knownIn } from '../support/knownIn.js';
import { smallSpec, until, withLoop, type Loop } from '../support/loop.js';
import { VECTOR_BUCKET, vectorServer, type VectorServer } from '../support/vectorServer.js';

let server: VectorServer;
beforeAll(async () => {
  server = await vectorServer();
});
afterAll(() => server.stop());

const PLACE = placeIn({ bucket: 'test-bucket', prefix: 'attune' }, VECTOR_BUCKET);

const indexed = (name: string, changes: { keepSeconds?: number } = {}) =>
  ({
    name,
    index: { store: 's3vectors', bucket: VECTOR_BUCKET, index: name, ...changes },
  }) satisfies Partial<FineTuneSpecInput>;

/** A SageMaker whose runs keep their index in the stand-in, and that index. */
function withVectors(sageMaker = new FakeSageMaker().withDistinctModels()): [FakeSageMaker, VectorStore] {
  sageMaker.s3Vectors = server.s3Vectors;
  return [sageMaker, openS3Vectors({ s3: sageMaker.s3, s3Vectors: server.s3Vectors }, PLACE)];
}

const retiring = (name: string, { client }: Loop): WorkflowHandle => {
  const { index } = indexed(name);
  const run = { roleArn: 'arn:aws:iam::000000000000:role/test', region: 'us-east-1', spec: { index } };
  return client.workflow.getHandle(retireWorkflowId(name, digestOf(run)));
};

const namesOf = ({ sageMaker }: Loop): string[] => sageMaker.endpoints().map(({ name }) => name);

const indexesOf = async (name: string): Promise<(string | undefined)[]> => {
  const command = new ListIndexesCommand({ vectorBucketName: VECTOR_BUCKET, prefix: `${name}-` });
  return (await server.s3Vectors.send(command)).indexes!.map(({ indexName }) => indexName);
};

test('a run with an index in S3 Vectors ends with endpoint and index in service by one pointer, each document there once', async () => {
  const [sageMaker, store] = withVectors();
  await withLoop(sageMaker, async (loop) => {
    const run = await (await loop.startRun(indexed('whole'))).result();

    expect(run.status).toBe('done');
    const pointer = (await store.pointer('whole'))!;
    expect(pointer.version).toMatchObject({ endpoint: run.endpoint!.name, state: 'ready', dimensions: 4 });
    expect(run.index).toMatchObject({ name: 'whole', version: pointer.version.version, documents: 12, of: 12 });
    expect(run.index!.check).toMatchObject({ passed: true, recall: 1, ndcg: 1, questions: 12 });
    expect(await store.inventory(pointer.version)).toMatchObject({ documents: 12 });
    expect(await indexesOf('whole')).toEqual([`whole-${pointer.version.version}`]);
    expect(sageMaker.s3.has(pointerOf(PLACE, 'whole'))).toBe(true);

    const { runtime } = sageMaker.clients as { runtime: Parameters<typeof search>[0]['runtime'] };
    const text = sageMaker.index.texts[3]!;
    const answer = await search({ store, runtime, index: 'whole' }, text, { k: 3 });
    expect(answer).toMatchObject({ version: pointer.version.version, endpoint: run.endpoint!.name });
    expect(answer.hits[0]).toMatchObject({ rank: 1, id: 'd3', text });
  });
});

test('what served before is gone back to by one write, and goes with its endpoint when its time is over', async () => {
  const [sageMaker, store] = withVectors();
  await withLoop(sageMaker, async (loop) => {
    const first = await (await loop.startRun(indexed('kept'))).result();
    const second = await (await loop.startRun(indexed('kept', { keepSeconds: 60 }))).result();
    const serving = async () => (await store.pointer('kept'))!.version.version;
    expect(second.index).toMatchObject({ replaced: first.index!.version });
    expect(await serving()).toBe(second.index!.version);
    expect(namesOf(loop)).toHaveLength(2);

    const { sageMaker: client } = sageMaker.clients as { sageMaker: Parameters<typeof rollBackIndex>[0]['sageMaker'] };
    const back = () => rollBackIndex({ store, sageMaker: client, index: 'kept', keepSeconds: 0 });
    expect(await back()).toMatchObject({ version: first.index!.version, from: { version: second.index!.version } });
    expect(await serving()).toBe(first.index!.version);
    await back(); // forward again; what is left behind is due at once
    await retiring('kept', loop).signal('lookAgain');
    await retiring('kept', loop).result();

    expect(await serving()).toBe(second.index!.version);
    expect(namesOf(loop)).toEqual([second.endpoint!.name]);
    expect(await indexesOf('kept')).toEqual([`kept-${second.index!.version}`]);
    expect((await store.versions('kept')).map(({ version }) => version)).toEqual([second.index!.version]);
  });
});

test('nothing is switched where a document is missing in S3 Vectors, it is said why, and nothing is left', async () => {
  const [sageMaker, store] = withVectors();
  await withLoop(sageMaker, async (loop) => {
    const first = await (await loop.startRun(indexed('refused'))).result();
    sageMaker.index.lost = 1;
    const run = await loop.startRun(indexed('refused'));

    await expect(run.result()).rejects.toMatchObject({
      cause: {
        type: 'IndexRefused',
        message: expect.stringMatching(/11 documents are in the index, 12 were expected/),
      },
    });
    expect((await store.pointer('refused'))!.version.version).toBe(first.index!.version);
    expect(namesOf(loop)).toEqual([first.endpoint!.name]);
    expect(await indexesOf('refused')).toEqual([`refused-${first.index!.version}`]);
    expect((await run.query(progress)).index!.removed).toBe(true);
  });
});

test('S3 Vectors that dies in the middle of a load, and a lost answer, change nothing of the end', async () => {
  const [sageMaker, store] = withVectors();
  await withLoop(sageMaker, async (loop) => {
    await server.withFaults(
      { fault: 'replyLost', operation: 'CreateIndex' },
      { fault: 'crash', operation: 'PutVectors', when: 'after' },
    );
    const run = await loop.startRun(indexed('outage'));
    await server.ended();
    await loop.withoutWorkers(() => server.start());

    expect(await run.result()).toMatchObject({ status: 'done', index: { documents: 12 } });
    const { version } = (await store.pointer('outage'))!;
    expect(await store.inventory(version)).toMatchObject({ documents: 12 });
    expect(await indexesOf('outage')).toEqual([`outage-${version.version}`]);
  });
});

test('a vector bucket that is not there refuses the run before a job is paid for', async () => {
  const [sageMaker] = withVectors();
  await withLoop(sageMaker, async (loop) => {
    const run = await loop.startRun({
      name: 'nowhere',
      index: { store: 's3vectors', bucket: 'not-made-yet', index: 'nowhere' },
    });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'NotFound', message: expect.stringContaining('vector bucket not-made-yet') },
    });
    expect(sageMaker.jobs()).toEqual([]);
    await server.s3Vectors.send(new CreateVectorBucketCommand({ vectorBucketName: 'not-made-yet' }));
    const again = { name: 'nowhere', index: { store: 's3vectors' as const, bucket: 'not-made-yet', index: 'nowhere' } };
    expect(await (await loop.startRun(again)).result()).toMatchObject({ status: 'done' });
  });
});

test('a sync brings the version in service level: what is new comes, what is gone goes', async () => {
  const [sageMaker, store] = withVectors();
  await withLoop(sageMaker, async (loop) => {
    await (await loop.startRun(indexed('level'))).result();
    const { version } = (await store.pointer('level'))!;
    const { texts } = sageMaker.index;
    sageMaker.index.source = { ...Object.fromEntries(texts.map((text, i) => [`d${i}`, text])), new: 'zzzzzzz' };
    delete sageMaker.index.source['d0'];

    const sync = await loop.start<typeof syncIndex>('syncIndex', [smallSpec(indexed('level'))]);
    const synced = await sync.result();

    expect(synced).toMatchObject({ added: 1, deleted: 1, unchanged: 11 });
    const ids = (await knownIn(store, version)).map(({ id }) => id);
    expect(ids).toContain('new');
    expect(ids).not.toContain('d0');
    await until(async () => (await store.lastSync('level')).changes > 0);
  });
});
