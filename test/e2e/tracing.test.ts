/**
 * Traces of a whole run, from the command that submits it to AWS, as a collector gets them: and what they must not hold.
 */
import { Worker } from '@temporalio/worker';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { startTraceCollector, type Span, type TraceCollector } from '../support/traceCollector.js';
import { withWorkerProcess } from '../support/workerProcess.js';

let instant: InstantStack;
let collector: TraceCollector;

beforeAll(async () => {
  [instant, collector] = await Promise.all([startInstantStack({ worker: false }), startTraceCollector()]);
});
afterAll(async () => {
  await collector.close();
  await instant.stop();
});

async function attune(args: string[], env: Record<string, string> = {}): Promise<{ stdout: string; stderr: string }> {
  const main = join(projectRoot, 'dist', 'cli', 'main.js');
  return promisify(execFile)(process.execPath, [main, ...args], {
    env: { ...process.env, ...instant.stack.environment, ...env },
  });
}

async function submitted(name: string, env: Record<string, string>): Promise<{ workflowId: string; said: string }> {
  const spec = join(instant.stateDir, `${name}.json`);
  const { bucket } = instant.stack.describe;
  const data = { pairs: `s3://${bucket}/pairs.jsonl` };
  writeFileSync(spec, JSON.stringify({ apiVersion: 'attune/v1', name, data, deploy: false, reuse: false }));
  const { stdout, stderr } = await attune(['submit', spec, '--json'], env);
  return { ...(JSON.parse(stdout) as { workflowId: string }), said: stderr };
}

const ends = (workflowId: string) => instant.client.workflow.getHandle(workflowId).result();

/** The names from a span up to the root of its trace. */
function wayUp(span: Span, spans: readonly Span[]): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [span.name, ...(parent ? wayUp(parent, spans) : [])];
}

test('one trace leads from the submit through workflows and activities to the AWS call, and a run of it replays untraced', async () => {
  const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces` };
  const workflowId = await withWorkerProcess(['--traces', collector.url], instant.stack.environment, async () => {
    const { workflowId: id } = await submitted('traced', env);
    await ends(id);
    return id;
  });

  const spans = collector.spans();
  const call = spans.find(({ name }) => name === 'SageMaker.CreateTrainingJob')!;
  const way = wayUp(call, spans);
  expect(way[0]).toBe('SageMaker.CreateTrainingJob');
  expect(way[1]).toMatch(/^RunActivity:/);
  expect(way).toEqual(expect.arrayContaining(['RunWorkflow:sageMakerJob', 'RunWorkflow:fineTune']));
  expect(way.at(-1)).toBe('StartWorkflow:fineTune');
  expect(call.attributes).toEqual(
    expect.arrayContaining([{ key: 'rpc.method', value: { stringValue: 'CreateTrainingJob' } }]),
  );
  expect(collector.text()).toContain('"service.name"');

  const history = await instant.client.workflow.getHandle(workflowId).fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: { codePath: inject('workflowBundle') } }, history, workflowId);
});

test('a trace tells a failure by its kind: no message, result, memo or search attribute leaves with it', async () => {
  await instant.faults.add([
    { fault: 'error', operation: 'CreateTrainingJob', code: 'ValidationException', status: 400 },
  ]);
  const workflowId = await withWorkerProcess(
    [],
    {
      ...instant.stack.environment,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
    },
    async () => {
      const { workflowId: id } = await submitted('failing', {});
      await expect(ends(id)).rejects.toThrow();
      return id;
    },
  );

  const failed = collector
    .spans()
    .filter(({ name }) => name === 'SageMaker.CreateTrainingJob')
    .at(-1)!;
  expect(failed.attributes.map(({ key }) => key)).toContain('error.type');
  expect(collector.text()).toContain(workflowId);
  const { message } = (await ends(workflowId).catch((error: Error) => error)) as Error;
  for (const content of [
    'ValidationException',
    message,
    'Next:',
    'AttuneModel',
    'submitter',
    `"${userInfo().username}"`,
    instant.stack.describe.aws.secretAccessKey,
    'pairs.jsonl',
    'stacktrace',
  ])
    expect(collector.text()).not.toContain(content);
});

test('a collector that is gone is said once, and the run is submitted', async () => {
  const { said } = await submitted('untold', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces' });

  expect(said.match(/traces: http:\/\/127\.0\.0\.1:1\/v1\/traces takes none: .*ECONNREFUSED/g)).toHaveLength(1);
});

/** A Node that finds no package of this name, as where it is not installed. */
function without(name: string): Record<string, string> {
  const hook = `export async function resolve(name, context, next) {
    if (name !== '${name}') return next(name, context);
    throw Object.assign(new Error("Cannot find package '${name}'"), { code: 'ERR_MODULE_NOT_FOUND' });
  }`;
  const asUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(asUrl(hook))});`;
  return { NODE_OPTIONS: `--import=${asUrl(register)}` };
}

test('where a package is missing, traces that were asked for are refused with what to install, others are left out', async () => {
  const missing = without('@opentelemetry/exporter-trace-otlp-http');
  const asked = { ...missing, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces` };

  await expect(attune(['list'], asked)).rejects.toMatchObject({
    stderr: expect.stringMatching(
      /traces need packages of OpenTelemetry.*exporter-trace-otlp-http[^]*npm install .*@opentelemetry\/exporter-trace-otlp-http@\^0\.57/,
    ) as string,
  });
  await expect(
    withWorkerProcess(['--traces', collector.url], { ...instant.stack.environment, ...missing }, () =>
      Promise.resolve(),
    ),
  ).rejects.toThrow(/traces need packages of OpenTelemetry/);
  const forMetrics = {
    ...missing,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  };
  await expect(attune(['list', '--json'], forMetrics)).resolves.toMatchObject({
    stderr: expect.not.stringContaining('traces') as string,
  });
});
