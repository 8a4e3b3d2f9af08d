/** The stack and the local SageMaker each keep pids over restarts: what one takes for alive, the other must too. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import * as trainyard from '../../../packages/trainyard/src/jobs/processIdentity.js';
import * as attune from '../../../src/dev/processIdentity.js';

function started(command: string, ...args: string[]): ChildProcess & { pid: number } {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child as ChildProcess & { pid: number };
}

/** @returns what both say; fails where they differ */
function identified(pid: number): attune.ProcessIdentity | undefined {
  const identity = attune.identify(pid);
  expect(identity).toEqual(trainyard.identify(pid));
  return identity;
}
function alive(identity: attune.ProcessIdentity): boolean {
  const answer = attune.isAlive(identity);
  expect(answer).toBe(trainyard.isAlive(identity));
  return answer;
}

test('a process that runs is alive, and keeps its identity', () => {
  const child = started('sleep', '60');

  const identity = identified(child.pid)!;

  expect(alive(identity)).toBe(true);
  expect(identified(child.pid)).toEqual(identity);
});

test('a process that has ended is not', async () => {
  const child = started('sleep', '60');
  const identity = identified(child.pid)!;

  child.kill('SIGKILL');
  await once(child, 'exit');

  expect(alive(identity)).toBe(false);
  expect(identified(child.pid)).toBeUndefined();
});

test('a later process under the same number is another one', () => {
  const child = started('sleep', '60');
  const earlier = { pid: child.pid, startedAt: identified(process.pid)!.startedAt };

  expect(alive(earlier)).toBe(false);
});

test.runIf(process.platform === 'linux')('a process that ended and was not collected is not alive', async () => {
  // The shell becomes a program that collects no children.
  const parent = started('sh', '-c', 'sleep 60 & echo $!; exec sleep 60');
  const pid = Number(await new Promise((read) => parent.stdout!.once('data', read)));
  const identity = identified(pid)!;
  expect(alive(identity)).toBe(true);
  while (!readFileSync(`/proc/${parent.pid}/comm`, 'utf8').startsWith('sleep')) await sleep(5);

  process.kill(pid, 'SIGKILL');
  while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await sleep(5);

  expect(alive(identity)).toBe(false);
  expect(identified(pid)).toBeUndefined();
});
