/**
 * What those who operate a worker see of it: metrics as Prometheus scrapes them, health, the log as JSON.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsClients } from '../../src/client/aws.js';
import { submit } from '../../src/client/runs/submit.js';
import { settingsFrom } from '../../src/client/settings.js';
import { freePort } from '../../src/dev/ports.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { until } from '../support/loop.js';
import { alertRules, hasPrometheus, panelQueries, startPrometheus } from '../support/prometheus.js';
import { withWorkerProcess } from '../support/workerProcess.js';

let instant: InstantStack;
let metrics: string;
let health: string;

beforeAll(async () => {
  metrics = `127.0.0.1:${await freePort()}`;
  health = `127.0.0.1:${await freePort()}`;
  instant = await startInstantStack({
    jobMs: 1000,
    workerArgs: ['--metrics', metrics, '--health', health, '--log-format', 'json', '--log-level', 'info'],
  });
});
afterAll(() => instant.stop());

/** A second worker beside the stack's. */
const beside = (args: string[], env: Record<string, string>, body: () => Promise<void>): Promise<void> =>
  withWorkerProcess(args, { ...instant.stack.environment, ...env }, body);

const scrape = async (): Promise<string> => (await fetch(`http://${metrics}/metrics`)).text();
const ready = async (): Promise<{ status: number; checks: Record<string, string> }> => {
  const reply = await fetch(`http://${health}/ready`);
  const { checks } = (await reply.json()) as { checks: { check: string; ok: boolean; found: string }[] };
  return {
    status: reply.status,
    checks: Object.fromEntries(checks.map(({ check, ok, found }) => [check, `${ok ? 'ok' : 'not'}: ${found}`])),
  };
};

test('a ready worker says so, check by check', async () => {
  await until(async () => (await ready()).status === 200);

  const { checks } = await ready();
  expect(Object.keys(checks)).toEqual([
    'Temporal',
    'worker attune',
    'worker attune-aws',
    'worker attune-io',
    'queue attune',
    'queue attune-aws',
    'queue attune-io',
    'SageMaker',
    'bucket attune-local',
  ]);
  expect((await fetch(`http://${health}/health`)).status).toBe(200);
  expect((await fetch(`http://${health}/elsewhere`)).status).toBe(404);
});

test('runs, jobs, their gaps, their cost and AWS calls are counted, by no label that names one of them', async () => {
  // As often as the SDK tries by itself: the call as a whole is refused, and the activity tries again.
  await instant.faults.add([
    { fault: 'error', operation: 'CreateTrainingJob', code: 'InternalFailure', status: 500, times: 3 },
  ]);
  const run = await instant.startRun();
  expect((await run.result()).status).toBe('done');
  await until(async () => /attune_runs_total\{.*status="done".*\} 1/.test(await scrape()));

  const text = await scrape();
  expect(text).toMatch(/attune_jobs_total\{.*stage="train",status="Completed".*\} 1/);
  expect(text).toMatch(/attune_stage_detection_seconds_count\{.*stage="train".*\} 1/);
  expect(text).toMatch(/attune_stage_dispatch_seconds_count\{.*stage="train".*\} 1/);
  expect(text).toMatch(/attune_job_cost_usd_sum\{.*stage="train".*\} 0\.\d+/);
  expect(text).toMatch(/attune_aws_calls_total\{operation="CreateTrainingJob",outcome="ok",service="SageMaker"\} 1/);
  expect(text).toMatch(
    /attune_aws_calls_total\{operation="CreateTrainingJob",outcome="transient",service="SageMaker"\} 1/,
  );
  expect(text).toMatch(/attune_runs_total\{failure="JobFailed".*\} 0/);
  for (const name of [run.workflowId, run.firstExecutionRunId]) expect(text).not.toContain(name);
});

test.skipIf(!hasPrometheus && !process.env['CI'])(
  'Prometheus answers every panel of the dashboard and every alert',
  async () => {
    const prometheus = await startPrometheus(metrics);
    try {
      await until(async () => (await prometheus.query('up == 1').catch(() => [])).length > 0);
      // Something moves while it looks.
      const run = await instant.startRun();
      await run.result();
      await until(
        async () => (await prometheus.query('increase(attune_runs_total{status="done"}[20s]) > 0')).length > 0,
      );

      const empty: string[] = [];
      for (const { title, expr } of panelQueries())
        if ((await prometheus.query(expr)).length === 0) empty.push(`${title}: ${expr}`);
      expect(empty).toEqual([]);

      await until(async () => (await rulesOf(prometheus)).every(({ health: known }) => known !== 'unknown'));
      expect((await rulesOf(prometheus)).filter(({ health: known }) => known !== 'ok')).toEqual([]);
      // A name that nobody exports would keep its alert silent for ever. These two appear with their first failure.
      const names = new Set(alertRules().flatMap(({ expr }) => expr.match(/\b(?:attune|temporal)_\w+/g) ?? []));
      for (const name of ['temporal_workflow_task_execution_failed_total', 'temporal_request_failure_total'])
        names.delete(name);
      const missing: string[] = [];
      for (const name of names) if ((await prometheus.query(name)).length === 0) missing.push(name);
      expect(missing).toEqual([]);
      expect(
        (await prometheus.query('ALERTS{alertstate="firing",severity="page"}')).map(({ metric }) => metric),
      ).toEqual([]);
    } finally {
      await prometheus.stop();
    }
  },
);

const rulesOf = async (prometheus: { get(path: string): Promise<unknown> }) =>
  (
    (await prometheus.get('rules')) as { groups: { rules: { name: string; health: string; lastError?: string }[] }[] }
  ).groups.flatMap(({ rules }) => rules);

test('with the S3 server gone a worker lives and is not ready, and says what is missing', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  await beside(['--health', address, '--queues', 'io'], { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, async () => {
    const reply = await fetch(`http://${address}/ready`);
    const { checks } = (await reply.json()) as { checks: { check: string; ok: boolean; found: string }[] };

    expect(reply.status).toBe(503);
    expect(checks.filter(({ ok }) => !ok)).toEqual([
      {
        check: 'bucket attune-local',
        ok: false,
        found: expect.stringMatching(/looking at bucket attune-local: ECONNREFUSED/) as string,
      },
    ]);
    expect(checks.map(({ check }) => check)).not.toContain('queue attune');
    expect((await fetch(`http://${address}/health`)).status).toBe(200);
  });
});

test.each([
  ['--otlp', (url: string) => ({ args: ['--otlp', `${url}/v1/metrics`], env: {} })],
  [
    "OpenTelemetry's own variables",
    (url: string) => ({
      args: [],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
    }),
  ],
])('metrics go to a collector that %s names', async (_what, told) => {
  let heard = '';
  const collector = createServer((request, response) => {
    request.setEncoding('latin1').on('data', (text: string) => (heard += `${request.url} ${text}`));
    request.on('end', () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  try {
    const { args, env } = told(`http://127.0.0.1:${(collector.address() as AddressInfo).port}`);
    await beside([...args, '--queues', 'io'], env, () => until(() => heard.includes('attune_runs')));
    expect(heard).toContain('/v1/metrics ');
    expect(heard).toContain('temporal_');
  } finally {
    collector.closeAllConnections();
    collector.close();
  }
});

test('a worker of another account does not join a task queue, and has runs of its own on another one', async () => {
  const other = { ATTUNE_ROLE_ARN: 'arn:aws:iam::111122223333:role/attune' };
  await expect(beside(['--queues', 'aws'], other, () => Promise.resolve())).rejects.toThrow(
    /attune-aws is polled by a worker of AWS account and region 000000000000\/us-east-1 .*this one is of 111122223333/,
  );

  await beside([], { ATTUNE_TASK_QUEUE: 'other' }, async () => {
    const settings = settingsFrom({ ATTUNE_TASK_QUEUE: 'other' });
    const { bucket } = instant.stack.describe;
    const spec = {
      apiVersion: 'attune/v1',
      name: 'of-another-queue',
      data: { pairs: `s3://${bucket}/pairs.jsonl` },
      deploy: false,
      reuse: false,
    };
    const deps = { client: instant.client, aws: awsClients({}), page: () => '' };
    const { workflowId } = await submit({ ...deps, settings }, spec);
    const same = await submit({ ...deps, settings: settingsFrom({}) }, spec);
    const handle = instant.client.workflow.getHandle(workflowId);
    await handle.result();

    // The same spec for the other account's queue is a run of its own.
    expect(same.workflowId).not.toBe(workflowId);
    const { events } = await handle.fetchHistory();
    const queues = events!.flatMap(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.taskQueue?.name ?? [],
    );
    expect(new Set(queues)).toEqual(new Set(['other-aws', 'other-io']));
    await instant.client.workflow.getHandle(same.workflowId).result();
  });
});

test('each line of a JSON log is an object with time, level and message', () => {
  const lines = readFileSync(join(instant.stateDir, 'logs', 'workers.log'), 'utf8')
    .trim()
    .split('\n');

  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({
      time: expect.stringMatching(/^\d{4}-/) as string,
      level: expect.stringMatching(/^[A-Z]+$/) as string,
      message: expect.any(String) as string,
    });
});
