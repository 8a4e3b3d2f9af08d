/**
 * The index follows its documents, over a real PostgreSQL with pgvector: also while a new version is made, and whatever is killed.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { progress, syncAgain } from '../../src/run/messages.js';
import type { syncIndex } from '../../src/workflows/index.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { smallSpec, until, untilProgress, withLoop, type Loop } from '../support/loop.js';
import { indexDatabase, indexed, type IndexDatabase } from '../support/postgres/indexDatabase.js';
import { knownIn } from '../support/knownIn.js';

let own: IndexDatabase;
beforeAll(async () => {
  own = await indexDatabase();
});
afterAll(() => own.stop());

const startSync = (loop: Loop, table: string) =>
  loop.start<typeof syncIndex>('syncIndex', [smallSpec(indexed(table))], {
    workflowId: `index-sync/${table.replaceAll('_', '-')}`,
  });
const synced = async (loop: Loop, table: string) => (await startSync(loop, table)).result();

/** The documents lie there so from now on. */
function write(loop: Loop, documents: Record<string, string>): void {
  loop.sageMaker.index.source = documents;
  loop.sageMaker.s3.put('s3://test-bucket/pairs.jsonl', JSON.stringify(documents));
}
const documentsIn = ({ sageMaker }: Loop): Record<string, string> =>
  Object.fromEntries(sageMaker.index.texts.map((text, i) => [`d${i}`, text]));

/** Id → text, of the version in service. */
async function found(table: string): Promise<Record<string, string>> {
  const { version } = (await own.store.pointer(table))!;
  const hits = await own.store.search(version, Array<number>(version.dimensions).fill(0.5), 100);
  return Object.fromEntries(hits.map(({ id, text }) => [id, text]));
}

const indexJobs = ({ sageMaker }: Loop): number => sageMaker.jobs().filter(({ stage }) => stage === 'index').length;

test('what is new, changed and gone at the source is so in the index, and nothing else is embedded', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    await (await loop.startRun(indexed('followed'))).result();
    const { d0, d1, ...others } = documentsIn(loop);
    const now = { ...others, d1: `${d1} changed`, new: 'n is new' };
    write(loop, now);

    expect(await synced(loop, 'followed')).toMatchObject({
      index: 'followed',
      added: 1,
      changed: 1,
      deleted: 1,
      unchanged: 10,
    });
    expect(d0).toBeDefined();
    expect(await found('followed')).toEqual(now);
    // What the job left lies in no bucket any more.
    expect(loop.sageMaker.s3.has('s3://test-bucket/attune/followed/')).toBe(true);
    expect([...loop.sageMaker.s3.objects.keys()].filter((uri) => uri.includes('/index/sync-'))).toEqual([]);

    // The same again costs no job.
    const jobs = indexJobs(loop);
    expect(await synced(loop, 'followed')).toMatchObject({ added: 0, changed: 0, deleted: 0, unchanged: 12 });
    expect(indexJobs(loop)).toBe(jobs);
  });
});

test('a source that has lost more than half changes nothing, until the spec says that so much may go', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    await (await loop.startRun(indexed('shrunk'))).result();
    const before = await found('shrunk');
    const { d0, d1, d2, d3, d4 } = documentsIn(loop);
    const now = { d0: d0!, d1: d1!, d2: d2!, d3: d3!, d4: d4!, new: 'n is new' };
    write(loop, now);

    await expect(synced(loop, 'shrunk')).rejects.toMatchObject({
      cause: {
        type: 'SourceShrank',
        message: expect.stringContaining('7 of the 12 documents of version') as string,
      },
    });
    expect(await found('shrunk')).toEqual(before);

    const input = smallSpec(indexed('shrunk', { mostDeleted: 0.6 }));
    const allowed = await loop.start<typeof syncIndex>('syncIndex', [input], { workflowId: 'index-sync/shrunk' });
    expect(await allowed.result()).toMatchObject({ added: 1, deleted: 7, unchanged: 5 });
    expect(await found('shrunk')).toEqual(now);
  });
});

test('what is written between copy and switch is right after the switch, again and again', async () => {
  await withLoop(new FakeSageMaker().withDistinctModels(), async (loop) => {
    const first = await (await loop.startRun(indexed('during'))).result();
    const { s3 } = loop.sageMaker;
    const copying = s3.hold(/\/index\/[0-9a-f]{12}\/00001\.jsonl$/);
    const run = await loop.startRun(indexed('during'));
    await copying.reached;
    const { d0, d1, ...others } = documentsIn(loop);
    write(loop, { ...others, d1: `${d1} changed`, new: 'n is new' });
    await synced(loop, 'during');
    expect((await own.store.pointer('during'))!.version.version).toBe(first.index!.version);

    const following = s3.hold(/\/index\/level-1\/counts\.json$/);
    copying.release();
    await following.reached;
    const last = { ...others, d0: d0!, d1: `${d1} changed again`, newer: 'm is newer' };
    write(loop, last);
    await synced(loop, 'during');
    following.release();
    const { index, status, notices } = await run.result();

    expect(status).toBe('done');
    expect(index!.version).not.toBe(first.index!.version);
    expect((await own.store.pointer('during'))!.version.version).toBe(index!.version);
    expect(await found('during')).toEqual(last);
    expect(notices.join()).toContain('documents have changed since the run began');
  });
});

test('a sync that a switch overtakes begins anew, for the version that serves then', async () => {
  await withLoop(new FakeSageMaker().withDistinctModels(), async (loop) => {
    const first = await (await loop.startRun(indexed('overtaken'))).result();
    const second = await (await loop.startRun(indexed('overtaken'))).result();
    await own.store.rollBack('overtaken', 3_600);
    const { d0, ...others } = documentsIn(loop);
    const now = { ...others, new: 'n is new' };
    write(loop, now);
    const applying = loop.sageMaker.s3.hold(/\/index\/sync-1\/00000\.jsonl$/);
    const sync = await startSync(loop, 'overtaken');
    await applying.reached;
    await own.store.rollBack('overtaken', 3_600, second.index!.version);
    applying.release();

    expect(await sync.result()).toMatchObject({ version: second.index!.version, added: 1, deleted: 1, unchanged: 11 });
    expect(await found('overtaken')).toEqual(now);
    const old = (await own.store.versions('overtaken')).find(({ version }) => version === first.index!.version)!;
    expect((await knownIn(own.store, old)).map(({ id }) => id)).toContain('d0');
    expect(d0).toBeDefined();
  });
});

test('a worker that dies and a database that is away while a sync writes leave each document once', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    await (await loop.startRun(indexed('killed'))).result();
    loop.sageMaker.index.each = 2;
    const { d0, d1, d2, ...others } = documentsIn(loop);
    const more = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`new${i}`, `${'abcdefghi'[i]} is new`]));
    const now = { ...others, d1: `${d1} changed`, d2: `${d2} changed`, ...more };
    write(loop, now);
    const writing = loop.sageMaker.s3.hold(/\/index\/sync-1\/00003\.jsonl$/);
    const sync = await startSync(loop, 'killed');
    await writing.reached;
    await own.database.crash();
    writing.release();
    await loop.withoutWorkers(async () => undefined);
    await own.database.start();

    expect(await sync.result()).toMatchObject({ added: 9, changed: 2, deleted: 1, unchanged: 9 });
    expect(await found('killed')).toEqual(now);
    expect(d0).toBeDefined();
    expect(indexJobs(loop)).toBe(2);
  });
});

test('who asks a sync that goes on is answered with what lay there when it was asked', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    await (await loop.startRun(indexed('asked'))).result();
    const documents = documentsIn(loop);
    write(loop, { ...documents, new: 'n is new' });
    const applying = loop.sageMaker.s3.hold(/\/index\/sync-1\/00000\.jsonl$/);
    const sync = await startSync(loop, 'asked');
    await applying.reached;
    write(loop, { ...documents, newer: 'm is newer' });
    await sync.signal(syncAgain, smallSpec(indexed('asked')));
    applying.release();

    expect(await sync.result()).toMatchObject({ added: 2, deleted: 1, unchanged: 12 });
    expect(await found('asked')).toEqual({ ...documents, newer: 'm is newer' });
  });
});

test('who asks once more by a spec that is refused takes nothing from who asked first', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    await (await loop.startRun(indexed('refusing'))).result();
    const documents = documentsIn(loop);
    write(loop, { ...documents, new: 'n is new' });
    const applying = loop.sageMaker.s3.hold(/\/index\/sync-1\/00000\.jsonl$/);
    const sync = await startSync(loop, 'refusing');
    await applying.reached;
    await sync.signal(syncAgain, { ...smallSpec(indexed('refusing')), train: { epochs: 0 } });
    applying.release();

    expect(await sync.result()).toMatchObject({ added: 1, deleted: 0, unchanged: 12 });
    expect((await sync.query(progress)).notices.join()).toMatch(
      /asked for by a spec that is refused: .*train\.epochs/s,
    );
  });
});

test('a sync without an index in service, or whose source changes under it, says why', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    await expect(synced(loop, 'missing')).rejects.toMatchObject({
      cause: { type: 'NotAvailable', message: expect.stringContaining('no version in service') },
    });
    await (await loop.startRun(indexed('stopped'))).result();
    const documents = documentsIn(loop);
    write(loop, { ...documents, new: 'n is new' });
    loop.sageMaker.index.lost = 1;
    await expect(synced(loop, 'stopped')).rejects.toMatchObject({
      cause: { type: 'ContentChanged', message: expect.stringContaining('12 documents are in version') },
    });
  });
});

test('a cancelled sync stops its job and has changed nothing', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    await (await loop.startRun(indexed('cancelled'))).result();
    const documents = documentsIn(loop);
    write(loop, { ...documents, new: 'n is new' });
    loop.sageMaker.withJobsThatNeverEnd('index');
    const sync = await startSync(loop, 'cancelled');
    await until(() => loop.sageMaker.jobs().some(({ stage, status }) => stage === 'index' && status === 'InProgress'));
    await sync.cancel();
    await expect(sync.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(loop.sageMaker.jobs().findLast(({ stage }) => stage === 'index')!.status).toBe('Stopped');
    expect(await found('cancelled')).toEqual(documents);
  });
});

test('a run whose new version follows what syncs have changed leaves nothing when it is cancelled meanwhile', async () => {
  await withLoop(new FakeSageMaker().withDistinctModels(), async (loop) => {
    const first = await (await loop.startRun(indexed('given_up'))).result();
    const copying = loop.sageMaker.s3.hold(/\/index\/[0-9a-f]{12}\/00001\.jsonl$/);
    const run = await loop.startRun(indexed('given_up'));
    await copying.reached;
    write(loop, { ...documentsIn(loop), new: 'n is new' });
    await synced(loop, 'given_up');
    loop.sageMaker.withJobsThatNeverEnd('index');
    copying.release();
    await untilProgress(
      run,
      ({ stage, jobs }) => stage === 'switch' && jobs.filter((job) => job.stage === 'index').length === 2,
    );

    await run.cancel();

    await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect((await own.store.pointer('given_up'))!.version.version).toBe(first.index!.version);
    expect(await own.store.versions('given_up')).toHaveLength(1);
    expect(loop.sageMaker.endpoints().map(({ name }) => name)).toEqual([first.endpoint!.name]);
  });
});
