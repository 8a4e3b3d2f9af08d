/**
 * What an earlier run's job has left of the same request is taken over: nothing is paid twice.
 */
import { expect, test } from 'vitest';
import { removeScratch, scratchIn } from '../../src/client/sweep/scratch.js';
import { knownBy } from '../../src/client/sweep/temporal.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import type { Progress } from '../../src/run/progress.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { smallSpec, untilListed, withLoop, type Loop } from '../support/loop.js';

const runOf =
  ({ startRun }: Loop, spec: FineTuneSpecInput) =>
  async (changes: Partial<FineTuneSpecInput> = {}) =>
    (await startRun({ ...spec, reuse: true, ...changes })).result();

const stagesOf = ({ jobs }: Progress): string[] => jobs.map(({ stage }) => stage);
const reusedIn = ({ timeline }: Progress) =>
  Object.fromEntries(timeline.flatMap(({ stage, reusedFrom }) => (reusedFrom ? [[stage, reusedFrom]] : [])));

test('a run that asks for what an earlier one had done runs no job, costs nothing, and says whose results it has', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const spec = smallSpec({ deploy: false });
    const run = runOf(loop, spec);
    const first = await run();

    const again = await run();

    expect(stagesOf(first)).toEqual(['prepare', 'train', 'evaluate']);
    const from = first.workflowId;
    expect(again).toMatchObject({ status: 'done', jobs: [], cost: { accruedUsd: 0 } });
    expect(reusedIn(again)).toEqual({ prepare: from, train: from, evaluate: from });
    expect(again.lineage!.trainingJob).toBe(first.lineage!.trainingJob);
    expect(again.notices).toContain(`train: reused from ${from}, which was asked for the same: no job was run`);
    const listed = await untilListed(loop.client, spec.name, 2);
    expect(listed.find(({ workflowId }) => workflowId === again.workflowId)!.reused).toEqual(reusedIn(again));
    // Its folder is whole: it needs nothing of the other one's.
    const folder = again.artifacts['spec']!.replace('spec.json', '');
    expect(Object.values(again.artifacts).every((uri) => uri.startsWith(folder))).toBe(true);
    for (const uri of Object.values(again.artifacts)) expect(loop.sageMaker.s3.has(uri)).toBe(true);
  });
});

test.each<[string, Partial<FineTuneSpecInput>, string[]]>([
  ['only the gate', { gate: { minGain: 0.01, minQuestions: 50, evidence: 'headings' } }, []],
  ['where it is deployed', { deploy: { instanceType: 'ml.c6i.2xlarge' } }, []],
  ['another name', { name: 'renamed' }, []],
  ['what jobs run on', { compute: { prepare: { instanceType: 'ml.m5.2xlarge', volumeGb: 99 } } }, []],
  ['tags and timings', { tags: { team: 'search' }, budget: { maxUsd: 50 } }, []],
  ['the epochs', { train: { epochs: 3 } }, ['train', 'evaluate']],
  ['the seed of the training', { train: { seed: 1 } }, ['train', 'evaluate']],
  ['the length of texts', { train: { maxSeqLength: 64 } }, ['prepare', 'train', 'evaluate']],
  // These two data are the same: what training reads of them has not changed.
  ['the split', { data: { pairs: 's3://test-bucket/pairs.jsonl', split: { seed: 1 } } }, ['prepare']],
  ['the base', { base: 'BAAI/bge-small-en-v1.5' }, ['prepare', 'train', 'evaluate']],
  ['the number of training processes', { compute: { train: { count: 2 } } }, ['train', 'evaluate']],
  ['an image', { compute: { evaluate: { imageUri: 'own:1' } } }, ['evaluate']],
  ['a search for settings', { tune: { trials: 2 } }, ['tune', 'evaluate']],
  ['all jobs anew', { reuse: false }, ['prepare', 'train', 'evaluate']],
])('changed: %s', async (_, changes, jobs) => {
  await withLoop(new FakeSageMaker().withDistinctModels(), async (loop) => {
    const { compute } = smallSpec();
    const run = runOf(loop, smallSpec({ deploy: false }));
    await run();

    const merged = Object.fromEntries(
      (['prepare', 'train', 'evaluate'] as const).map((key) => [key, { ...compute![key], ...changes.compute?.[key] }]),
    );
    const second = await run({ ...changes, compute: merged });

    expect(stagesOf(second)).toEqual(jobs);
    expect(second.status).toBe('done');
  });
});

test('a search is taken over with its trials', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const run = runOf(loop, smallSpec({ deploy: false, tune: { trials: 2 } }));
    const first = await run();

    const again = await run();

    expect(stagesOf(again)).toEqual([]);
    expect(loop.sageMaker.s3.json(again.artifacts['trials']!)).toEqual(
      loop.sageMaker.s3.json(first.artifacts['trials']!),
    );
    expect(again.lineage).toMatchObject({
      tuningJob: first.lineage!.tuningJob,
      trainingJob: first.lineage!.trainingJob,
    });
  });
});

test('a model that serves already moves to other instances without a job, and is not compared with itself', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const run = runOf(loop, smallSpec());
    const first = await run();
    const second = await run({ deploy: { instanceType: 'ml.c6i.2xlarge' } });
    const third = await run({ deploy: { instanceType: 'ml.m6i.xlarge' } });

    for (const later of [second, third]) {
      expect(stagesOf(later)).toEqual([]);
      expect(later).toMatchObject({ status: 'done', decision: 'passed', endpoint: { status: 'InService' } });
      expect(later.metrics['incumbent']).toBeUndefined();
    }
    expect(second.lineage!.replaced).toBe(first.endpoint!.configName);
    expect(loop.sageMaker.endpoints()).toMatchObject([{ configName: third.endpoint!.configName }]);
  });
});

test('another model in service is another comparison', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const spec = smallSpec();
    const run = runOf(loop, spec);
    await run();
    await loop.sageMaker.serving(spec.name);

    const second = await run();

    expect(stagesOf(second)).toEqual(['evaluate']);
    expect(second.metrics['incumbent']).toBeDefined();
  });
});

test('changed data are prepared and trained on anew, wherever they lie', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { s3 } = loop.sageMaker;
    const run = runOf(loop, smallSpec({ deploy: false }));
    await run();

    s3.put('s3://elsewhere/same.jsonl', s3.objects.get('s3://test-bucket/pairs.jsonl')!);
    expect(stagesOf(await run({ data: { pairs: 's3://elsewhere/same.jsonl' } }))).toEqual([]);
    s3.put('s3://test-bucket/pairs.jsonl', '{"query": "another", "document": "d"}\n');
    expect(stagesOf(await run())[0]).toBe('prepare');
  });
});

test.each(['is gone', 'has changed'])(
  'what %s since is not taken over: the job runs, and the run says why',
  async (how) => {
    await withLoop(new FakeSageMaker(), async (loop) => {
      const { s3 } = loop.sageMaker;
      const run = runOf(loop, smallSpec({ deploy: false }));
      const first = await run();
      const model = first.artifacts['model']!;
      if (how === 'is gone') s3.objects.delete(model);
      else s3.put(model, Buffer.concat([s3.objects.get(model)!, Buffer.from('x')]));

      const second = await run();
      const third = await run();

      expect(stagesOf(second)).toContain('train');
      expect(second.notices.join()).toMatch(/of train is not taken over: .*model\.tar\.gz is not/);
      expect(reusedIn(third)['train']).toBe(second.workflowId);
    });
  },
);

test('runs that ask for the same at once leave results that a third one takes over whole', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const run = runOf(loop, smallSpec({ deploy: false }));
    const both = await Promise.all([run(), run()]);

    const third = await run();

    expect(both.map(({ status }) => status)).toEqual(['done', 'done']);
    expect(stagesOf(third)).toEqual([]);
    expect(both.map(({ workflowId }) => workflowId)).toContain(reusedIn(third)['train']);
  });
});

test('a decision that was written into the page of the first run is not the second one’s', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const run = runOf(loop, smallSpec({ deploy: false }));
    const first = await run();
    const { s3 } = loop.sageMaker;
    s3.put(first.artifacts['reportHtml']!, '<!-- decision --><p>Approved</p><!-- /decision -->');

    const second = await run();

    expect(stagesOf(second)).toEqual([]);
    expect(s3.objects.get(second.artifacts['reportHtml']!)!.toString()).not.toContain('Approved');
  });
});

test('an index that says nothing costs a job, not the run', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const run = runOf(loop, smallSpec({ deploy: false }));
    await run();
    for (const uri of [...loop.sageMaker.s3.objects.keys()].filter((key) => key.includes('/_results/')))
      loop.sageMaker.s3.put(uri, 'not JSON');

    expect(stagesOf(await run())).toEqual(['prepare', 'train', 'evaluate']);
  });
});

test('a sweep of a run that came to nothing drops what points to it; the next run has all done anew', async () => {
  const failed = { status: 'Failed', failureReason: 'AlgorithmError: exit code: 2' } as const;
  await withLoop(new FakeSageMaker().withEndings('evaluate', failed, failed), async (loop) => {
    const { s3, sweepable } = loop.sageMaker;
    const run = runOf(loop, smallSpec({ deploy: false }));
    await expect(run()).rejects.toThrow();
    await expect(run({ train: { epochs: 3 } })).rejects.toThrow(); // has the data of the first
    const pointers = () => [...s3.objects.keys()].filter((key) => key.includes('/_results/'));
    expect(pointers()).toHaveLength(3);

    const place = { s3: s3.pageable, bucket: 'test-bucket', prefix: 'attune' };
    const looked = { temporal: knownBy(loop.client), ...sweepable };
    const folders = await scratchIn(place, looked);
    await removeScratch(place, looked, folders, false);

    expect(folders.map(({ outcome }) => outcome)).toEqual(['removed', 'removed']);
    expect(pointers()).toEqual([]);
    const next = await run();
    expect(stagesOf(next)).toEqual(['prepare', 'train', 'evaluate']);
    expect(next.notices).toEqual([]);
  });
});
