import { expect, test } from 'vitest';
import { basesTable } from '../../../src/cli/basesTable.js';
import { summary } from '../../../src/cli/show.js';
import { askedInWords, originNames } from '../../../src/run/origins.js';
import { endOf, freshProgress, type Progress } from '../../../src/run/progress.js';

const io = { style: (_: unknown, text: string) => text } as Parameters<typeof summary>[1];
const score = { 'ndcg@10': { mean: 0.7, low: 0.6, high: 0.8 } };
const ended: Progress = {
  ...freshProgress('finetune/a/1', 'a'),
  status: 'rejected',
  decision: 'unproven',
  reasons: ['413 test questions, all from headings'],
  asked: { count: 413, origins: { headings: 413 } },
  metrics: { base: score, candidate: score },
};

test('above a score stands where its questions come from', () => {
  const lines = summary(ended, io).split('\n');

  const [above, head] = [
    lines.indexOf('on 413 test questions, all from headings'),
    lines.findIndex((line) => line.includes('ndcg@10')),
  ];
  expect(above).toBeGreaterThan(0);
  expect(head).toBe(above + 1);
});

test('a run that is unproven is called so, and no other', () => {
  expect(summary(ended, io)).toMatch(/^unproven  finetune/);
  expect(summary(ended, io)).toContain('gate unproven: 413 test questions');
  expect(endOf({ status: 'rejected', decision: 'rejected' })).toBe('rejected');
  expect(endOf({ status: 'failed', decision: 'unproven' })).toBe('failed');
});

test('bases that are compared say it too', () => {
  const bases = { metric: 'ndcg@10', questions: 200, origins: { people: 20, model: 180 }, models: [] };

  expect(basesTable({ bases })[1]).toBe('on 200 test questions, 20 by people, 180 by a language model');
});

test('words for each mixture', () => {
  expect(askedInWords({ count: 5, origins: { people: 5 } })).toBe('5 test questions, all by people');
  expect(originNames({ headings: 2, people: 3 })).toBe('people, headings');
  expect(originNames(undefined)).toBe('–');
});
