/**
 * The exit codes that scripts rely on, from the command line over real processes.
 * @module
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/client/index.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { untilProgress } from '../support/loop.js';

let instant: InstantStack;

beforeAll(async () => {
  instant = await startInstantStack({ jobMs: 500 });
});
afterAll(() => instant.stop());

/** @returns the exit code */
const attune = async (...args: string[]): Promise<number | null> => (await attuneIn({}, ...args)).code;

function attuneIn(changes: NodeJS.ProcessEnv, ...args: string[]): Promise<{ code: number | null; stdout: string }> {
  const env = { ...process.env, ...instant.stack.environment, ...changes };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(projectRoot, 'dist', 'cli', 'main.js'), ...args],
      { env },
      (_, stdout) => resolve({ code: child.exitCode, stdout }),
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

test('doctor ends with 0 where all is there', async () => {
  const { code, stdout } = await attuneIn({}, 'doctor', '--json');

  expect(code, stdout).toBe(0);
  expect((JSON.parse(stdout) as Finding[]).map(({ check, ok }) => [check, ok])).toEqual(
    ['Temporal server', 'retention', 'search attributes', 'workers', 'SageMaker', 'bucket', 'role', 'quotas'].map(
      (check) => [check, true],
    ),
  );
});

test('doctor ends with 1 where something is missing, and says what to do about that alone', async () => {
  const { code, stdout } = await attuneIn(
    { ATTUNE_BUCKET: 'no-such-bucket-at-all', ATTUNE_ROLE_ARN: '' },
    'doctor',
    '--json',
  );

  expect(code).toBe(1);
  const wrong = (JSON.parse(stdout) as Finding[]).filter(({ ok }) => !ok);
  expect(wrong.map(({ check }) => check)).toEqual(['bucket', 'role']);
  for (const { mend } of wrong) expect(mend).toMatch(/ATTUNE_BUCKET|RoleArn/);
});
