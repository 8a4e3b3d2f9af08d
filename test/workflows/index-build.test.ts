/**
 * An index for a model that serves already, over a real PostgreSQL with pgvector: nothing is fitted, and what served serves on until both
 * are there.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { buildIndex, syncIndex } from '../../src/workflows/index.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { smallSpec, untilProgress, withLoop, type Loop } from '../support/loop.js';
import { indexDatabase, indexed, type IndexDatabase } from '../support/postgres/indexDatabase.js';
import { knownIn } from '../support/knownIn.js';

let own: IndexDatabase;
beforeAll(async () => {
  own = await indexDatabase();
});
afterAll(() => own.stop());

const plain = (table: string): Partial<FineTuneSpecInput> => ({ name: table.replaceAll('_', '-') });
const startBuild = (loop: Loop, spec: Partial<FineTuneSpecInput>) =>
  loop.start<typeof buildIndex>('buildIndex', [smallSpec(spec)]);
const stagesOf = ({ sageMaker }: Loop): string[] => sageMaker.jobs().map(({ stage }) => stage);
const namesOf = ({ sageMaker }: Loop): string[] =>
  sageMaker
    .endpoints()
    .map(({ name }) => name)
    .sort();

test('a model that serves without an index gets one, checked as at the end of a run, and nothing is fitted', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const made = await (await loop.startRun(plain('served'))).result();
    const before = stagesOf(loop);

    const build = await startBuild(loop, indexed('served'));
    const { status, index, endpoint, timeline } = await build.result();

    expect(status).toBe('done');
    expect(timeline.map(({ stage }) => stage)).toEqual(['preflight', 'deploy', 'verify', 'index', 'switch']);
    expect(stagesOf(loop).slice(before.length)).toEqual(['index']);
    const { version } = (await own.store.pointer('served'))!;
    expect(version).toMatchObject({
      endpoint: endpoint!.name,
      model: made.artifacts['package'],
      version: index!.version,
    });
    expect(index).toMatchObject({ documents: 12, of: 12, check: { passed: true, recall: 1, ndcg: 1, questions: 12 } });
    // What served before it is the person's, as before.
    expect(namesOf(loop)).toEqual(['served', endpoint!.name].sort());
    // The next run has that pair before it.
    const next = await (await loop.startRun(indexed('served'))).result();
    expect(next.index).toMatchObject({ replaced: index!.version });
  });
});

test('a pair that serves is built anew with another form, and the one before is kept', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const first = await (await loop.startRun(indexed('anew'))).result();
    const { index } = await (await startBuild(loop, indexed('anew', { element: 'float16' }))).result();

    expect(index).toMatchObject({ replaced: first.index!.version });
    expect((await own.store.pointer('anew'))!.version).toMatchObject({ element: 'float16', version: index!.version });
    expect((await own.store.versions('anew')).map(({ version }) => version)).toEqual([
      first.index!.version,
      index!.version,
    ]);
  });
});

test('what syncs have changed since the model was made is in the index that is built', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    await (await loop.startRun(indexed('later'))).result();
    loop.sageMaker.index.source = {
      ...Object.fromEntries(loop.sageMaker.index.texts.map((text, i) => [`d${i}`, text])),
      new: 'n',
    };
    await (await loop.start<typeof syncIndex>('syncIndex', [smallSpec(indexed('later'))])).result();

    await (await startBuild(loop, indexed('later', { hnsw: { m: 8 } }))).result();

    const { version } = (await own.store.pointer('later'))!;
    expect(version.hnsw!.m).toBe(8);
    expect((await knownIn(own.store, version)).map(({ id }) => id)).toContain('new');
  });
});

test('documents of its own take the place of the corpus, and are held against themselves alone', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    await (await loop.startRun(plain('own'))).result();
    loop.sageMaker.s3.put('s3://test-bucket/help/page.md', '# Page\n');
    loop.sageMaker.index.source = { 'page.md#1': 'p a page', 'page.md#2': 'q another' };

    const { index } = await (
      await startBuild(loop, indexed('own', { source: { documents: 's3://test-bucket/help' } }))
    ).result();

    expect(index).toMatchObject({ documents: 2, of: 2, check: { passed: true, documents: 2 } });
    expect(index!.check).not.toHaveProperty('ndcg');
    const job = loop.sageMaker.jobOf('index')!.request as { ProcessingInputs: { InputName: string }[] };
    expect(job.ProcessingInputs.map(({ InputName }) => InputName)).toEqual(['code', 'spec', 'documents', 'model']);
  });
});

test('where nothing serves, or the spec has no index, it is said before anything is paid', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    await expect((await startBuild(loop, indexed('nothing'))).result()).rejects.toMatchObject({
      cause: { type: 'NotAvailable', message: expect.stringContaining('endpoint nothing serves no model') },
    });
    await expect((await startBuild(loop, plain('nothing'))).result()).rejects.toMatchObject({
      cause: { type: 'SpecRefused', message: expect.stringContaining('index') },
    });
    expect(loop.sageMaker.jobs()).toEqual([]);
  });
});

test('a build that is cancelled, or does not pass its check, leaves what serves and nothing of its own', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const first = await (await loop.startRun(indexed('given_up'))).result();
    loop.sageMaker.index.lost = 1;
    await expect((await startBuild(loop, indexed('given_up'))).result()).rejects.toMatchObject({
      cause: { type: 'IndexRefused' },
    });
    loop.sageMaker.index.lost = 0;
    loop.sageMaker.withJobsThatNeverEnd('index');
    const build = await startBuild(loop, indexed('given_up'));
    await untilProgress(build, ({ jobs }) => jobs.some((job) => job.stage === 'index'));
    await build.cancel();
    await expect(build.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });

    expect((await own.store.pointer('given_up'))!.version.version).toBe(first.index!.version);
    expect(await own.store.versions('given_up')).toHaveLength(1);
    expect(namesOf(loop)).toEqual([first.endpoint!.name]);
  });
});
