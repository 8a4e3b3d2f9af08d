import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { freshProgress, type Progress } from '../../../src/run/progress.js';
import { currentDetails } from '../../../src/workflows/words/currentDetails.js';

const at = (minute: number): string => `2026-11-29T16:${minute}:00Z`;
const run: Progress = {
  ...freshProgress('finetune/help-desk/20261129-670026', 'help-desk'),
  stage: 'train',
  timeline: [
    { stage: 'prepare', startedAt: at(45), endedAt: '2026-11-29T16:46:03Z' },
    { stage: 'train', startedAt: at(47) },
  ],
  jobs: [
    {
      stage: 'train',
      kind: 'training',
      name: 'attune-help-desk-train',
      arn: 'arn:aws:sagemaker:eu-west-1:123456789012:training-job/attune-help-desk-train',
      status: 'InProgress',
      instanceType: 'ml.g5.xlarge',
      metrics: { 'dev:ndcg@10': 0.7123, 'train:loss': 0.5312, 'train:progress': 0.995 },
      describeCalls: 1,
    },
  ],
  cost: {
    stages: [
      {
        stage: 'train',
        instanceTypes: ['ml.g5.xlarge'],
        count: 1,
        spot: false,
        jobs: 1,
        usd: { low: 0.23, high: 33.79 },
      },
    ],
    estimateUsd: { low: 0.5, high: 40.34 },
    hosting: { instanceType: 'ml.c6i.xlarge', count: 1, usdPerHour: 0.204, usdPerMonth: 148.92 },
    pricesAsOf: '2026-11',
    unknownPrices: [],
    accruedUsd: 0.107,
    budgetUsd: 50,
    spotSavedUsd: 1.5,
  },
  artifacts: { reportHtml: 's3://bucket/report.html' },
  notices: ['it costs $1 and $2', 'plain'],
};

test('no price is a formula to the UI: nothing on the page has a dollar sign', () => {
  const page = currentDetails(run);

  expect(page).not.toContain('$');
  for (const told of [
    'USD 0.107 so far',
    'USD 0.50 to 40.34',
    'train: USD 0.23 to 33.79',
    'USD 0.204 an hour',
    'USD 148.92 a month',
  ])
    expect(page).toContain(told);
  expect(page).toContain('it costs &#36;1 and &#36;2');
});

test('each list has the blank line before it without which it is none', () => {
  const lines = currentDetails({ ...run, reasons: ['because'], stopped: ['training job j'] }).split('\n');

  lines.forEach((line, i) => {
    if (line.startsWith('- ') && !lines[i - 1]!.startsWith('- ')) expect(lines[i - 1]).toBe('');
  });
  expect(lines.filter((line) => line.startsWith('- ')).length).toBeGreaterThan(8);
});

test('stages tell how long they took, metrics are in words, and a job of AWS has a link to its page', () => {
  const page = currentDetails(run);

  expect(page).toContain('- **prepare** · 16:45 UTC, 1m 03s');
  expect(page).toContain('dev nDCG@10 0.712 · loss 0.531 · 99 % of the steps');
  expect(page).toContain(
    '[attune-help-desk-train](https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/jobs/attune-help-desk-train)',
  );
});

test('a job of no account has no page to lead to', () => {
  const arn = run.jobs[0]!.arn.replace('123456789012', '000000000000');

  const page = currentDetails({ ...run, jobs: [{ ...run.jobs[0]!, arn }] });

  expect(page).toContain('`attune-help-desk-train`');
  expect(page).not.toContain('https://');
});

test('what a person can do stands right below the headline, to be pasted', () => {
  const [headline, , first] = currentDetails({ ...run, status: 'waitingForApproval', stage: 'approve' }).split('\n');

  expect(headline).toContain('**Waiting for a person**');
  expect(first).toContain('`attune approve finetune/help-desk/20261129-670026 --by "your name"`');
  expect(currentDetails(run)).toContain('Report: `attune report finetune/help-desk/20261129-670026`');
});

test('whatever can be sent to a workflow says what it is for', () => {
  const folder = new URL('../../../src/workflows/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const handlers = files.flatMap((name) => {
    const [, ...calls] = readFileSync(new URL(name, folder), 'utf8').split(/\bsetHandler\(/);
    return calls.map((call) => [name, call.slice(0, 600)] as const);
  });

  expect(handlers.length).toBeGreaterThan(8);
  for (const [name, call] of handlers) expect(call, name).toMatch(/description:/);
});
