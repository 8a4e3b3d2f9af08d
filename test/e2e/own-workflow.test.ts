/**
 * examples/own-workflow as its README runs it: somebody's own workflow around a run, and attune's workers beside their own.
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { until } from '../support/loop.js';

const example = (file: string): string => join(projectRoot, 'examples', 'own-workflow', file);

let instant: InstantStack;
let worker: { child: ChildProcess; said: () => string };

beforeAll(async () => {
  instant = await startInstantStack({ jobMs: 500, worker: false });
  worker = run('worker.ts');
});
afterAll(async () => {
  if (worker?.child.exitCode === null) worker.child.kill('SIGKILL');
  await instant?.stop();
});

function run(file: string, ...args: string[]): { child: ChildProcess; said: () => string } {
  const { ports } = JSON.parse(readFileSync(join(instant.stateDir, 'stack.json'), 'utf8')) as {
    ports: { events: number };
  };
  const env = { ...process.env, ...instant.stack.environment, EVENTS_PORT: String(ports.events) };
  const child = spawn(process.execPath, ['--import', 'tsx', example(file), ...args], { cwd: projectRoot, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  return { child, said: () => said };
}

test('a workflow of one’s own starts a run, hears that training has finished, and gets its result', async () => {
  const spec: FineTuneSpecInput = {
    apiVersion: 'attune/v1',
    name: 'own-workflow',
    data: { pairs: `s3://${instant.stack.describe.bucket}/pairs.jsonl` },
    compute: { train: { instanceType: 'ml.m5.xlarge' }, evaluate: { instanceType: 'ml.m5.xlarge' } },
  };
  const file = join(instant.stateDir, 'spec.json');
  writeFileSync(file, JSON.stringify(spec));

  const { child, said } = run('start.ts', file);
  const [code] = (await once(child, 'close')) as [number | null];

  expect(code, said() + worker.said()).toBe(0);
  expect(JSON.parse(said().trim().split('\n').at(-1)!)).toMatchObject({
    status: 'done',
    endpoint: 'own-workflow',
    trained: expect.stringMatching(/^s3:.*model\.tar\.gz$/),
  });
  // In that order: it need not wait for the end of the run to go on with the model.
  expect(worker.said()).toMatch(/trained: s3:[^]*own-workflow: done/);
});

test('SIGTERM ends attune’s workers and one’s own, and the connection that they share', async () => {
  worker.child.kill('SIGTERM');

  await until(() => worker.child.exitCode !== null);
  expect(worker.child.exitCode, worker.said()).toBe(0);
});
