import { expect, test } from 'vitest';
import { byMonth, costByMonth, staysOf } from '../../../src/client/runs/costByMonth.js';
import type { RunSummary } from '../../../src/client/runs/list.js';
import type { Told } from '../../../src/client/runs/told.js';
import { freshProgress, type Progress } from '../../../src/run/progress.js';
import { awsError } from '../../support/awsError.js';

const at = (day: string): number => Date.parse(`2026-${day}T00:00:00Z`);
const now = new Date(at('03-03'));

test('jobs count in the month in which their run began, and a cost that is not known is not taken for zero', () => {
  const months = byMonth(
    [
      { startedAt: '2026-01-31T23:59:00.000Z', costUsd: 1 },
      { startedAt: '2026-02-01T00:00:00.000Z', costUsd: 2.5 },
      { startedAt: '2026-02-10T00:00:00.000Z' },
    ],
    [],
  );

  expect(months).toEqual([
    { month: '2026-02', runs: 2, jobsUsd: 2.5, runsUnknown: 1, endpoints: [] },
    { month: '2026-01', runs: 1, jobsUsd: 1, runsUnknown: 0, endpoints: [] },
  ]);
});

test('an endpoint costs by the hour from one deployment to the next, and to now while it is there', () => {
  const deployments = [
    { endpoint: 'search', at: at('02-27'), hourly: 2 },
    { endpoint: 'search', at: at('01-30'), hourly: 1 },
  ];
  const [march, february, january] = byMonth([], staysOf(deployments, new Map([['search', at('01-30')]]), now));

  expect(january!.endpoints).toEqual([{ name: 'search', hours: 48, usd: 48 }]);
  expect(february!.endpoints).toEqual([{ name: 'search', hours: 28 * 24, usd: 26 * 24 + 2 * 24 * 2 }]);
  expect(march!.endpoints).toEqual([{ name: 'search', hours: 48, usd: 96 }]);
});

test('of an endpoint that is gone only what is certain counts, and it is said', () => {
  const deployments = [
    { endpoint: 'search', at: at('01-01'), hourly: 1 },
    { endpoint: 'search', at: at('01-03'), hourly: 1 },
  ];

  expect(byMonth([], staysOf(deployments, new Map(), now))).toMatchObject([
    { month: '2026-01', endpoints: [{ hours: 48, usd: 48, atLeast: true }] },
  ]);
});

test('what cannot be asked is told, and the rest counts', async () => {
  const summary = (n: number): RunSummary => ({
    workflowId: `w${n}`,
    runId: `r${n}`,
    name: 'search',
    status: 'done',
    startedAt: '2026-03-01T00:00:00.000Z',
    costUsd: 1,
    endpoint: { name: 'search', configName: `c${n}` },
    ui: '',
  });
  const progress: Progress = { ...freshProgress('w1', 'search'), cost: { unknownPrices: [] } };
  const told = {
    list: async () => [summary(1), summary(2)],
    progress: async (id: string) => (id === 'r1' ? progress : Promise.reject(new Error('no worker is there'))),
  } as unknown as Told;
  const sageMaker = { send: () => Promise.reject(awsError('AccessDeniedException', 'no', 403)) };
  const notices: string[] = [];

  const [month] = await costByMonth(told, sageMaker as never, { now, onNotice: (line) => notices.push(line) });

  expect(month).toMatchObject({ runs: 2, jobsUsd: 2, endpoints: [{ name: 'search', hours: 0, atLeast: true }] });
  expect(month!.endpoints[0]!.usd).toBeUndefined();
  expect(notices.join('\n')).toContain('w2 is not counted: no worker is there');
  expect(notices.join('\n')).toContain('SageMaker does not tell which endpoints are there');
});
