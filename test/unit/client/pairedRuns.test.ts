import { expect, test } from 'vitest';
import { questionsCompared } from '../../../src/client/runs/pairedRuns.js';
import { freshProgress, type Progress } from '../../../src/run/progress.js';

const run = (name: string): Progress => ({
  ...freshProgress(name, name),
  artifacts: { report: `s3://bucket/${name}/evaluation/report.json` },
});

const files: Record<string, string> = {};
const read = (uri: string): Promise<string> =>
  uri in files ? Promise.resolve(files[uri]!) : Promise.reject(new Error(`no ${uri}`));

function evaluated(name: string, hash: string | undefined, scores: number[]): Progress {
  files[`s3://bucket/${name}/evaluation/report.json`] = JSON.stringify({ settings: hash ? { test: { hash } } : {} });
  files[`s3://bucket/${name}/evaluation/questions.jsonl`] = scores
    .map((score, i) =>
      JSON.stringify({ queryId: `q${i}`, group: `g${i}`, scores: { candidate: { 'ndcg@10': score } } }),
    )
    .join('\n');
  return run(name);
}

test('runs on the same questions get the paired difference of their models', async () => {
  const [a, b] = [evaluated('a', 'h1', [0.5, 0.5, 0.2, 0.9]), evaluated('b', 'h1', [0.6, 0.7, 0.4, 0.9])];

  const found = await questionsCompared(a, b, read);

  expect(found).toMatchObject({
    questions: 'same',
    paired: { metric: 'ndcg@10', wins: 3, ties: 1, losses: 0, questions: 4 },
  });
  expect(found.paired!.difference).toBeCloseTo(0.125, 9);
});

test.each<[string, string | undefined, string]>([
  ['other questions', 'h2', 'other'],
  ['questions that an earlier version did not mark', undefined, 'unknown'],
])('runs on %s are told apart, and no difference is made up', async (_, hash, questions) => {
  const [a, b] = [evaluated('a', 'h1', [0.5]), evaluated('b', hash, [0.6])];

  expect(await questionsCompared(a, b, read)).toEqual({ questions });
});

test('a run whose files are gone is compared by what it knows of itself', async () => {
  expect(await questionsCompared(evaluated('a', 'h1', [0.5]), run('swept'), read)).toEqual({ questions: 'unknown' });
  expect(await questionsCompared(freshProgress('x', 'x'), run('a'), read)).toEqual({ questions: 'unknown' });
});
