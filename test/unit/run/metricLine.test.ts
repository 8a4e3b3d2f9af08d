import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { METRICS } from '../../../src/aws/requests/training.js';
import { readMetricLine } from '../../../src/run/metricLine.js';

/** Lines as the training script prints them: python/tests/test_metrics_log.py holds it to the same file. */
const lines = JSON.parse(readFileSync(new URL('../../fixtures/metric-lines.json', import.meta.url), 'utf8')) as {
  line: string;
  read: Record<string, number>;
}[];

test.each(lines)('"$line" is read as what was told', ({ line, read }) => {
  expect(readMetricLine(`[1,mpirank:0]<stdout>:${line}`)).toEqual(read);
});

test.each(lines)('SageMaker finds in "$line" what we find in it', ({ line, read }) => {
  const names = { 'train:loss': 'loss', 'train:progress': 'progress', 'dev:ndcg@10': 'devNdcgAt10' } as const;
  const found = METRICS.map(({ Name, Regex }) => [
    names[Name as keyof typeof names],
    new RegExp(Regex).exec(line)?.[1],
  ]);
  const told = found.flatMap(([name, value]) => (value === undefined ? [] : [[name, Number(value)]]));

  const { step: _, epoch: __, ...metrics } = read;
  expect(Object.fromEntries(told)).toEqual(metrics);
});

test.each(['step=10 loss=0.5', 'attune-metrics: none', ''])('"%s" is no metric line', (line) => {
  expect(readMetricLine(line)).toBeUndefined();
});

test('a loss that is no number is left out', () => {
  expect(readMetricLine('attune-metric step=10 epoch=0.25 loss=nan')).toEqual({ step: 10, epoch: 0.25 });
});
