/**
 * The exit codes that scripts rely on, from the command line over real processes.
 * @module
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/local/tools.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { untilProgress } from '../support/loop.js';

let instant: InstantStack;

beforeAll(async () => {
  instant = await startInstantStack({ jobMs: 500 });
});
afterAll(() => instant.stop());

/** @returns the exit code */
function attune(...args: string[]): Promise<number | null> {
  const env = { ...process.env, ...instant.stack.environment };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [join(projectRoot, 'dist', 'cli', 'main.js'), ...args], { env }, () =>
      resolve(child.exitCode),
    );
  });
}

test('0: the model is in service', async () => {
  const run = await instant.startRun();

  expect(await attune('watch', run.workflowId)).toBe(0);
});

test('3: the gate refuses the model', async () => {
  const run = await instant.startRun({ gate: { minGain: 0.9 } });

  expect(await attune('watch', run.workflowId)).toBe(3);
});

test('3: a person refuses the model', async () => {
  const run = await instant.startRun({ deploy: { approval: 'required', instanceType: 'ml.m5.xlarge' } });
  await untilProgress(run, ({ status }) => status === 'waitingForApproval');

  expect(await attune('reject', run.workflowId, '--by', 'R. Imai', '--reason', 'not this week')).toBe(0);
  expect(await attune('watch', run.workflowId)).toBe(3);
});

test('4: the run is cancelled', async () => {
  const run = await instant.startRun({ deploy: { approval: 'required', instanceType: 'ml.m5.xlarge' } });
  await untilProgress(run, ({ status }) => status === 'waitingForApproval');

  expect(await attune('cancel', run.workflowId)).toBe(0);
  expect(await attune('watch', run.workflowId)).toBe(4);
});

test('1: the run fails', async () => {
  const run = await instant.startRun({ data: { pairs: 's3://no-such-bucket-at-all/pairs.jsonl' } });

  expect(await attune('watch', run.workflowId)).toBe(1);
});

test('2: the words are wrong, or the spec is', async () => {
  expect(await attune('wacth')).toBe(2);
  expect(await attune('validate', join(projectRoot, 'package.json'))).toBe(2);
});
