import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Service } from '../../../src/dev/processes.js';

function sleeping(answers: () => Promise<boolean>, withinMs: number): Service {
  const folder = mkdtempSync(join(tmpdir(), 'attune-service-'));
  const logFile = join(folder, 'log');
  const service = new Service({
    ...{ name: 'Temporal', command: 'sleep', args: ['60'], env: process.env, log: () => undefined },
    ...{ answers, withinMs, logFile },
  });
  onTestFinished(async () => {
    await service.kill();
    rmSync(folder, { recursive: true });
  });
  return service;
}

const never = new Promise<boolean>(() => undefined);

test('a server that is reached and never answers is given up when its time is over, and its log is named', async () => {
  await expect(sleeping(() => never, 200).start()).rejects.toThrow(/^Temporal did not answer within 0.2 s; its log: /);
});

test('a question that is lost while a server starts is asked again', async () => {
  let asked = 0;

  await sleeping(() => ((asked += 1) === 1 ? never : Promise.resolve(true)), 5_000).start();

  expect(asked).toBe(2);
});

test('of a machine that is slow the answer to the first question counts, late as it is', async () => {
  let answerFirst: (yes: boolean) => void = () => undefined;
  const first = new Promise<boolean>((answer) => (answerFirst = answer));
  let asked = 0;
  const answers = (): Promise<boolean> => {
    if ((asked += 1) === 1) return first;
    answerFirst(true);
    return never;
  };

  await sleeping(answers, 5_000).start();

  expect(asked).toBe(2);
});
