import { expect, test } from 'vitest';
import { freshProgress, type Progress } from '../../../src/run/progress.js';
import { emptiedPage, filledPage } from '../../../src/run/reportPage.js';

const PAGE =
  '<title>help-desk: evaluation</title><!-- run --><p>before</p><!-- /run -->' +
  '<!-- verdict --><h1>Measured</h1><!-- /verdict --><p>finding</p><!-- run-facts --><!-- /run-facts -->';
const OLD_PAGE =
  '<title>help-desk: evaluation</title><h1>The tuned model is better</h1><!-- decision --><!-- /decision -->';

const run = (more: Partial<Progress>): Progress => ({
  ...freshProgress('finetune/help-desk/20261129-670026', 'help-desk'),
  stage: 'gate',
  timeline: [
    { stage: 'train', startedAt: '2026-11-29T16:45:07Z', endedAt: '2026-11-29T16:47:07Z' },
    { stage: 'gate', startedAt: '2026-11-29T16:47:07Z', endedAt: '2026-11-29T16:47:08Z' },
  ],
  jobs: [
    {
      stage: 'train',
      kind: 'training',
      name: 'j',
      arn: '',
      status: 'Completed',
      instanceType: 'ml.g5.xlarge',
      usd: 0.0123,
      describeCalls: 1,
    },
  ],
  cost: { unknownPrices: [], accruedUsd: 0.107, pricesAsOf: '2026-11' },
  ...more,
});

const rejected = run({
  status: 'rejected',
  decision: 'rejected',
  reasons: ['nDCG@10 +0.01: not above 0', 'x < y & z'],
});

test('the page of a rejected run says so first, in its title and its colour, with the reasons, run and date', () => {
  const page = filledPage(PAGE, rejected);

  expect(page).toContain('<title>help-desk · rejected · 2026-11-29 · finetune/help-desk/20261129-670026</title>');
  expect(page).toContain('<div class="verdict rejected"><h1>Rejected</h1>');
  expect(page).toContain('<li>x &lt; y &amp; z</li>');
  expect(page).toContain('run <code>finetune/help-desk/20261129-670026</code> · 2026-11-29 16:45 UTC, 2m 01s');
  expect(page.indexOf('Rejected</h1>')).toBeLessThan(page.indexOf('finding'));
  expect(page).not.toContain('Measured');
});

test.each<[string, Partial<Progress>, string, string]>([
  ['too few questions', { status: 'rejected', decision: 'unproven' }, 'open', 'Unproven'],
  ['a person waited for', { status: 'waitingForApproval', decision: 'passed' }, 'open', 'Waits for approval'],
  ['a passed gate', { status: 'running', stage: 'deploy', decision: 'passed' }, 'passed', 'Passed'],
  ['a package', { status: 'done', decision: 'passed' }, 'passed', 'Passed'],
  [
    'a model in service',
    { status: 'done', decision: 'passed', endpoint: { name: 'help-desk', configName: 'c', status: 'InService' } },
    'passed',
    'In service',
  ],
  [
    'a person against it',
    {
      status: 'rejected',
      decision: 'passed',
      approval: { verdict: 'rejected', by: 'Ada', at: '2026-11-29T17:00:00Z' },
    },
    'rejected',
    'Rejected',
  ],
  ['a failed deployment', { status: 'failed', stage: 'deploy', decision: 'passed' }, 'open', 'Failed'],
  ['a failed gate', { status: 'failed', stage: 'gate' }, 'open', 'Failed'],
])('the verdict of %s is told from the others', (_, more, kind, word) => {
  expect(filledPage(PAGE, run(more))).toContain(`<div class="verdict ${kind}"><h1>${word}</h1>`);
});

test('while nothing is decided the page keeps what stood there, and says which run it is', () => {
  const page = filledPage(PAGE, run({}));

  expect(page).toContain('<h1>Measured</h1>');
  expect(page).toContain('<title>help-desk · evaluation · 2026-11-29 · ');
});

test('filled again, the page tells what is true by then, and nothing twice', () => {
  const waiting = filledPage(PAGE, run({ status: 'waitingForApproval', decision: 'passed' }));
  const done = run({
    status: 'done',
    decision: 'passed',
    endpoint: { name: 'help-desk', configName: 'c', status: 'InService' },
    approval: { verdict: 'approved', by: 'Ada <x>', identity: 'a@b', reason: 'read 20', at: '2026-11-29T17:00:00Z' },
  });

  const page = filledPage(waiting, done);

  expect(page).toBe(filledPage(PAGE, done));
  expect(page).toContain('Approved by Ada &lt;x&gt; (from a@b) on 2026-11-29 17:00 UTC: read 20');
  expect(page).toContain('endpoint help-desk serves this model'.replace('e', 'E'));
});

test('cost, lineage, endpoint and stages stand on the page', () => {
  const page = filledPage(
    PAGE,
    run({
      status: 'done',
      decision: 'passed',
      lineage: { base: 'owner/base', dataHash: 'abc', trainingJob: 'job-1', replaced: 'config-0' },
      artifacts: { package: 's3://b/model.tar.gz' },
    }),
  );

  for (const told of [
    'owner/base',
    'digest abc',
    'job-1',
    'config config-0',
    's3://b/model.tar.gz',
    '$0.107',
    '$0.012',
    'ml.g5.xlarge',
  ])
    expect(page).toContain(told);
});

test('a page of an earlier version still opens, and says the verdict in the room that it has', () => {
  const page = filledPage(OLD_PAGE, rejected);

  expect(page).toContain('<!-- decision --><p class="decision rejected"><b>Rejected</b>: The gate did not let it pass');
  expect(page).toContain('<title>help-desk · rejected');
});

test('a page that is taken over forgets the other run', () => {
  const page = emptiedPage(filledPage(PAGE, rejected));

  expect(page).not.toMatch(/Rejected|670026-|Its stages/);
  expect(filledPage(page, rejected)).toBe(filledPage(PAGE, rejected));
});
