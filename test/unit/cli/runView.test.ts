import { expect, test } from 'vitest';
import type { WatchEvent } from '../../../src/client/index.js';
import { emptyView, take } from '../../../src/client/runs/runView.js';
import { lines } from '../../../src/cli/runView.js';
import { freshProgress, type RunStatus } from '../../../src/run/progress.js';
import type { Stage } from '../../../src/run/stages.js';
import { duration, sparkline, table } from '../../../src/cli/text.js';

const plain = { style: (_: unknown, text: string) => text };
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
const now = new Date(at(90));

const inTraining: WatchEvent[] = [
  { type: 'stage', at: at(0), stage: 'preflight', state: 'started' },
  { type: 'stage', at: at(2), stage: 'preflight', state: 'ended' },
  { type: 'stage', at: at(2), stage: 'train', state: 'started' },
  {
    type: 'job',
    at: at(3),
    stage: 'train',
    name: 'j',
    status: 'InProgress',
    secondaryStatus: 'Training',
    instanceType: 'ml.g5.xlarge',
  },
  { type: 'metric', at: at(10), job: 'j', step: 10, epoch: 0.5, loss: 2 },
  { type: 'metric', at: at(20), job: 'j', step: 20, epoch: 1, progress: 0.25, loss: 1, devNdcgAt10: 0.71 },
  { type: 'progress', at: at(90), status: 'running', stage: 'train', elapsedSeconds: 90, costUsd: 0.0123 },
];

const drawn = (events: WatchEvent[], width = 80): string[] => {
  const view = emptyView('support-search');
  for (const event of events) take(view, event);
  return lines(view, plain, width, now);
};

test('a person sees what is done, what runs and how it goes, and what it costs', () => {
  expect(drawn(inTraining)).toEqual([
    'support-search',
    expect.stringMatching(/^ {2}✔ preflight +2s$/),
    expect.stringMatching(/^ {2}· prepare$/),
    expect.stringMatching(/^ {2}[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] train +1m 28s {2}InProgress · Training · ml\.g5\.xlarge$/),
    '      loss         █▁ 1.0000  step 20 of 80 · epoch 1.00 · 30s left',
    '      dev nDCG@10  ▄ 0.7100',
    ...['evaluate', 'gate', 'package', 'deploy', 'verify'].map((stage) => `  · ${stage}`),
    '  elapsed 1m 30s · cost so far $0.012',
  ]);
});

test('a run that begins with a model shows no training once it has come past it', () => {
  const events: WatchEvent[] = [{ type: 'stage', at: at(2), stage: 'evaluate', state: 'started' }];

  expect(drawn(events).join('\n')).not.toContain('train');
});

test('a search shows its trials, the best first, in the place of the training', () => {
  const best = {
    name: 'j-002-ab12cd34',
    status: 'Completed',
    parameters: { learningRate: 3.21e-5, epochs: 2 },
    metric: 0.7123,
  };
  const other = { name: 'j-001-ab12cd34', status: 'InProgress', parameters: { learningRate: 1e-4, epochs: 4 } };
  const trials = { planned: 8, completed: 1, inProgress: 1, failed: 0, stopped: 0, best, shown: [best, other] };

  const lines = drawn([
    { type: 'stage', at: at(0), stage: 'tune', state: 'started' },
    { type: 'trials', at: at(3), job: 'j', trials },
  ]);

  const shown = lines.slice(lines.findIndex((line) => line.includes('tune')) + 1);
  expect(shown.slice(0, 4)).toEqual([
    '      1 of 8 trials · 1 running · best dev nDCG@10 0.7123',
    '         trial  dev nDCG@10  learningRate  epochs  status',
    '      ★  002    0.7123       0.0000321     2       Completed',
    '         001    –            0.0001        4       InProgress',
  ]);
  expect(lines.join()).not.toContain('train');
});

test('a failed run marks the stage it failed in', () => {
  const failed = drawn([
    ...inTraining,
    { type: 'progress', at: at(90), status: 'failed', stage: 'train', elapsedSeconds: 90 },
  ]);

  expect(failed).toContainEqual(expect.stringMatching(/^ {2}✘ train/));
});

test('an approval appears before deploy, and says that somebody must act', () => {
  const waiting = drawn([
    { type: 'stage', at: at(0), stage: 'approve', state: 'started' },
    { type: 'progress', at: at(90), status: 'waitingForApproval', stage: 'approve', elapsedSeconds: 90 },
  ]);

  const stages = waiting.map((line) => line.trim().split(/\s+/)[1]);
  expect(stages.indexOf('approve')).toBe(stages.indexOf('deploy') - 1);
  expect(waiting.at(-1)).toBe('  waits for approval: attune approve support-search --by "your name"');
});

test('stages stand in the order of a run, also one that only a newer worker knows: it comes last', () => {
  const seen = ['verify', 'rank', 'approve', 'tune'].map(
    (stage) => ({ type: 'stage', at: at(0), stage, state: 'started' }) as WatchEvent,
  );

  const names = drawn(seen).map((line) => line.trim().split(/\s+/)[1]);

  expect(names.slice(1, -1)).toEqual([
    ...['preflight', 'prepare', 'tune', 'evaluate', 'gate', 'package', 'approve', 'deploy', 'verify', 'rank'],
  ]);
});

const end = (status: RunStatus, stage: Stage): WatchEvent => ({
  type: 'end',
  at: at(60),
  status,
  progress: { ...freshProgress('r', 'n'), status, stage, timeline: [{ stage, startedAt: at(2), endedAt: at(60) }] },
});

test.each<[RunStatus, Stage, string]>([
  ['failed', 'train', '✘'],
  ['cancelled', 'train', '■'],
  ['rejected', 'gate', '✘'],
  ['done', 'verify', '✔'],
])(
  'of a run that ended %s the stage that it ended in says so, however often it is looked at',
  (status, stage, sign) => {
    const seen: WatchEvent[] = [
      { type: 'progress', at: at(2), status: 'running', stage, elapsedSeconds: 2 },
      { type: 'stage', at: at(2), stage, state: 'started' },
      { type: 'stage', at: at(60), stage, state: 'ended' },
      end(status, stage),
    ];

    expect(drawn(seen)).toContainEqual(expect.stringMatching(new RegExp(`^ {2}${sign} ${stage} +58s`)));
    expect(drawn(seen).at(-1)).toMatch(/^ {2}elapsed 1m 00s/);
  },
);

test.each([
  ['Failed', '✘'],
  ['Stopped', '■'],
  ['Completed', '✔'],
])('a stage whose job ended %s is marked by that, until another job of it begins', (status, sign) => {
  const job = (of: string): WatchEvent => ({
    type: 'job',
    at: at(3),
    stage: 'train',
    name: of,
    status: of,
    instanceType: 'ml.g5.xlarge',
  });
  const seen: WatchEvent[] = [
    { type: 'stage', at: at(2), stage: 'train', state: 'started' },
    job(status),
    { type: 'stage', at: at(60), stage: 'train', state: 'ended' },
  ];

  expect(drawn(seen)).toContainEqual(expect.stringMatching(new RegExp(`^ {2}${sign} train`)));
  expect(drawn([...seen, job('InProgress')])).toContainEqual(expect.stringMatching(/^ {2}✔ train/));
});

test('a score that is told again takes no step back', () => {
  const lines = drawn([...inTraining, { type: 'metric', at: at(30), job: 'j', step: 4, epoch: 0.5 }]);

  expect(lines.join('\n')).toContain('step 20 of 80 · epoch 1.00');
});

test('the evaluation tells how far it is', () => {
  const lines = drawn([
    { type: 'stage', at: at(2), stage: 'evaluate', state: 'started' },
    { type: 'work', at: at(3), stage: 'evaluate', job: 'e', what: 'base', done: 1200, of: 4000, secondsLeft: 65 },
  ]);

  expect(lines.join('\n')).toContain('base: 1,200 of 4,000 passages, 1m 05s left');
});

test('a terminal lower than the view shows what runs, and is not overrun', () => {
  const view = emptyView('support-search');
  for (const event of inTraining) take(view, event);

  for (const height of [3, 5, 8]) {
    const shown = lines(view, plain, 80, now, height);
    expect(shown.length).toBeLessThanOrEqual(height);
    expect(shown[0]).toBe('support-search');
    expect(shown.at(-1)).toContain('elapsed');
    if (height >= 5) expect(shown.join('\n')).toContain('train');
  }
});

test('no line is wider than the terminal', () => {
  for (const line of drawn(inTraining, 40)) expect(line.length).toBeLessThanOrEqual(40);
});

test('numbers read as people write them', () => {
  expect([duration(5), duration(63), duration(7380)]).toEqual(['5s', '1m 03s', '2h 03m']);
  expect(sparkline([0, 1, 2, 3], 4)).toBe('▁▃▆█');
  expect(
    sparkline(
      Array.from({ length: 100 }, (_, i) => i),
      10,
    ),
  ).toHaveLength(10);
  expect(
    table([
      ['a', 'b'],
      ['long', ''],
    ]),
  ).toBe('a     b\nlong');
});
