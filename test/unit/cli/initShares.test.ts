import { expect, test } from 'vitest';
import { heldOut, lowered } from '../../../src/cli/initShares.js';

const counts = (train: number, dev: number, test: number, headings = 0) => ({
  counts: { train: { questions: train }, dev: { questions: dev }, test: { questions: test, origins: { headings } } },
});
const undecided = (questions: number, groups = 50) => ({
  questions,
  groups,
  minQuestions: 100,
  minGroups: 10,
  undecided: 'too few',
});

test('a gate that decides asks for nothing', () => {
  expect(heldOut(counts(800, 100, 100), { ...undecided(100), undecided: undefined }, false)).toEqual({});
  expect(lowered({ ...undecided(100), undecided: undefined })).toEqual({});
});

test('so many are held out that a hundred are there, up to three tenths', () => {
  expect(heldOut(counts(400, 50, 50), undecided(50), false)).toEqual({ test: 0.23 });
  expect(heldOut(counts(120, 15, 15), undecided(15), false)).toEqual({ test: 0.3 });
});

test('no split makes more of the questions that are given as the test', () => {
  expect(heldOut(counts(400, 50, 50), undecided(50), true)).toEqual({});
});

test('headings decide where nobody asked', () => {
  expect(heldOut(counts(800, 100, 120, 120), undecided(0), false)).toEqual({ evidence: 'headings' });
  expect(heldOut(counts(150, 20, 30, 30), undecided(0), false)).toEqual({ test: 0.3, evidence: 'headings' });
});

test('the gate asks for what there is, unless that tells nothing', () => {
  expect(lowered(undecided(60))).toEqual({ minQuestions: 60 });
  expect(lowered(undecided(60, 7))).toEqual({ minQuestions: 60, minGroups: 7 });
  expect(lowered(undecided(19))).toEqual({});
  expect(lowered(undecided(60, 4))).toEqual({});
});
