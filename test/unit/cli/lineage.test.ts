import { expect, test } from 'vitest';
import { lineageLines } from '../../../src/cli/lineageLines.js';
import { guardLines } from '../../../src/cli/show.js';
import { shortHash } from '../../../src/cli/text.js';
import type { Comparison } from '../../../src/run/evaluation.js';

const hash = '3f2a9c1b'.padEnd(64, '0');
const gain: Comparison = {
  metric: 'ndcg@10',
  difference: 0.033,
  low: 0.01,
  high: 0.05,
  confidence: 0.95,
  wins: 50,
  ties: 120,
  losses: 30,
};
const served = { configName: 'old-config', modelDataUrl: 's3://b/old.tar.gz', madeBy: 'finetune/search/1' };

test('a person reads the lineage from the data to the endpoint, each digest with what it is of', () => {
  const lines = lineageLines({
    lineage: {
      dataHash: hash,
      pairsHash: `sha256:${hash.replace('3f', '77')}`,
      base: 'me/base',
      startedFrom: served,
      trainingJob: 'attune-train',
      modelArtifact: 's3://b/new.tar.gz',
      incumbent: served,
      metrics: {
        metric: 'ndcg@10',
        asked: { count: 413, origins: { headings: 413 } },
        means: { incumbent: 0.712, candidate: 0.745 },
        against: 'incumbent',
        gain,
      },
      endpoint: { name: 'search', configName: 'new-config' },
      replaced: 'old-config',
    },
  });

  const shown = 'the model in service: config old-config, made by finetune/search/1';
  expect(lines.join('\n').split('\n')).toEqual([
    '',
    'lineage',
    'data           3f2a9c1b, as found in S3',
    'pairs          772a9c1b, as training read them',
    `started from   ${shown}`,
    'training job   attune-train',
    'model          s3://b/new.tar.gz',
    `compared with  ${shown}`,
    'measured       ndcg@10 0.712 → 0.745, +0.033 against the incumbent, on 413 test questions, all from headings',
    'endpoint       search, config new-config',
    'replaced       config old-config',
  ]);
});

test('a model that was trained elsewhere has no training job, and a base only to be compared with', () => {
  const lines = lineageLines({ lineage: { base: 'me/base', modelArtifact: 's3://b/given.tar.gz' } });

  expect(lines.join('\n').split('\n').slice(2)).toEqual([
    'base     me/base, for comparison',
    'model    s3://b/given.tar.gz, trained elsewhere',
  ]);
});

test('what a run has not come to yet is left out, and a run before the first stage ended has none', () => {
  expect(lineageLines({ lineage: { base: 'me/base' } }).join('\n')).toBe('\nlineage\nstarted from  me/base');
  expect(lineageLines({})).toEqual([]);
});

test('each guard has a line with its outcome and what it might have lost', () => {
  const mean = (value: number) => ({ mean: value, low: value, high: value });
  const lines = guardLines({
    guards: [
      {
        name: 'general',
        questions: 44,
        passages: 830,
        against: 'base',
        scores: { base: mean(0.8), candidate: mean(0.79) },
        comparison: { ...gain, difference: -0.01, low: -0.04, high: 0.02 },
        inTraining: 0,
        verdict: 'inconclusive',
        tolerance: 0.02,
        mayLose: 0.016,
      },
    ],
  });

  expect(lines.join('\n').split('\n')).toEqual([
    'guard    outcome       questions  rival → candidate   difference                 may lose',
    'general  inconclusive  44         base 0.800 → 0.790  −0.010 [−0.040 to +0.020]  0.016',
    '',
  ]);
});

test('digests are shown by their beginning, and other texts as they are', () => {
  expect([shortHash(hash), shortHash(`sha256:${hash}`), shortHash('s3://b/k')]).toEqual([
    '3f2a9c1b',
    '3f2a9c1b',
    's3://b/k',
  ]);
});
