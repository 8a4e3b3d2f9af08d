/**
 * What a model was trained on never judges its successor: prepare goes by the splits of the run before.
 */
import { expect, test } from 'vitest';
import type { Progress } from '../../src/run/progress.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { smallSpec, withLoop, type Loop } from '../support/loop.js';

const PAIRS = 's3://test-bucket/pairs.jsonl';

const runOf =
  ({ startRun }: Loop, spec: FineTuneSpecInput) =>
  async (changes: Partial<FineTuneSpecInput> = {}) =>
    (await startRun({ ...spec, reuse: true, ...changes })).result();

const assignedBy = ({ artifacts }: Progress): string => `${artifacts['data']!}assigned/`;

/** Of each prepare job so far: the folder of earlier splits that it was given. */
const earlierOf = (sageMaker: FakeSageMaker): (string | undefined)[] =>
  sageMaker
    .jobs()
    .filter(({ stage }) => stage === 'prepare')
    .map(({ request }) => {
      const { ProcessingInputs } = request as {
        ProcessingInputs: { InputName: string; S3Input: { S3Uri: string } }[];
      };
      return ProcessingInputs.find(({ InputName }) => InputName === 'earlier')?.S3Input.S3Uri;
    });

test('prepare is handed the splits of the last run that trained, whether its model passed or not', async () => {
  const sageMaker = new FakeSageMaker().withDistinctModels();
  await withLoop(sageMaker, async (loop) => {
    const run = runOf(loop, smallSpec());
    const first = await run();
    sageMaker.s3.put(PAIRS, '{"query": "more", "document": "d"}\n');
    sageMaker.withEvaluation({ overBase: [-0.01, 0.02, 0.05] });
    const second = await run({ train: { epochs: 3 } });
    sageMaker.s3.put(PAIRS, '{"query": "still more", "document": "d"}\n');

    await run({ train: { startFrom: 'incumbent' } });

    expect(second.status).toBe('rejected');
    expect(earlierOf(sageMaker)).toEqual([undefined, assignedBy(first), assignedBy(second)]);
  });
});

test('the same data and settings are prepared once, also when splits are carried on', async () => {
  const sageMaker = new FakeSageMaker().withDistinctModels();
  await withLoop(sageMaker, async (loop) => {
    const run = runOf(loop, smallSpec({ deploy: false }));
    await run();
    sageMaker.s3.put(PAIRS, '{"query": "more", "document": "d"}\n');
    const second = await run();

    const third = await run({ gate: { minGain: 0.01 } });
    const fourth = await run({ train: { epochs: 3 } });

    expect([third, fourth].map(({ jobs }) => jobs.map(({ stage }) => stage))).toEqual([[], ['train', 'evaluate']]);
    expect(third.timeline.find(({ stage }) => stage === 'prepare')!.reusedFrom).toBe(second.workflowId);
    expect(earlierOf(sageMaker)).toHaveLength(2);
  });
});

test('a run that trained nothing binds nobody: the split may be drawn anew', async () => {
  const sageMaker = new FakeSageMaker().withDistinctModels().withQuestions(40, 40, 360);
  await withLoop(sageMaker, async (loop) => {
    const run = runOf(loop, smallSpec({ deploy: false }));
    expect((await run()).decision).toBe('unproven');

    await run({ data: { pairs: PAIRS, split: { test: 0.25 } } });

    expect(earlierOf(sageMaker)).toEqual([undefined, undefined]);
  });
});

test('where the folder of that run is gone, the split is drawn as for a first run', async () => {
  const sageMaker = new FakeSageMaker().withDistinctModels();
  await withLoop(sageMaker, async (loop) => {
    const run = runOf(loop, smallSpec({ deploy: false }));
    const first = await run();
    for (const uri of [...sageMaker.s3.objects.keys()])
      if (uri.startsWith(assignedBy(first))) sageMaker.s3.objects.delete(uri);
    sageMaker.s3.put(PAIRS, '{"query": "more", "document": "d"}\n');

    expect((await run()).status).toBe('done');
    expect(earlierOf(sageMaker)).toEqual([undefined, undefined]);
  });
});
