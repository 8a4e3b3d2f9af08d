import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { holding, madeOnce } from '../../../src/dev/toolchain/once.js';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'attune-once-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
const completeIf = (folder: string) => () => existsSync(join(folder, 'whole'));
const write = async (fresh: string): Promise<void> => writeFileSync(join(fresh, 'whole'), fresh);

test('of many who ask at once one makes it, and all find it whole', async () => {
  const folder = join(scratch(), 'made');
  let made = 0;
  let waited = 0;
  const ask = () =>
    madeOnce(folder, { isComplete: completeIf(folder), onWait: () => (waited += 1) }, async (fresh) => {
      made += 1;
      await sleep(50); // as something that takes time would
      await write(fresh);
    });
  await Promise.all([ask(), ask(), ask()]);

  expect(made).toBe(1);
  expect(waited).toBe(2);
  expect(readdirSync(folder)).toEqual(['whole']);
});

test('one that fails leaves nothing, and the next begins anew', async () => {
  const parent = scratch();
  const folder = join(parent, 'made');
  const fails = madeOnce(folder, { isComplete: completeIf(folder) }, async (fresh) => {
    writeFileSync(join(fresh, 'half'), '');
    throw new Error('no network');
  });
  await expect(fails).rejects.toThrow('no network');
  expect(readdirSync(parent)).toEqual([]);

  await madeOnce(folder, { isComplete: completeIf(folder) }, write);
  expect(readdirSync(folder)).toEqual(['whole']);
});

test('what is there and not complete is replaced', async () => {
  const folder = join(scratch(), 'made');
  mkdirSync(folder);
  writeFileSync(join(folder, 'rest of an older one'), '');
  await madeOnce(folder, { isComplete: completeIf(folder) }, write);
  expect(readdirSync(folder)).toEqual(['whole']);
});

test('whoever waits can be interrupted', async () => {
  const name = join(scratch(), 'lock');
  const interruption = new AbortController();
  await holding(name, {}, async () => {
    const waits = holding(
      name,
      { signal: interruption.signal, onWait: () => interruption.abort() },
      async () => 'never',
    );
    await expect(waits).rejects.toThrow(/abort/i);
  });
});

test('a killed holder blocks nobody, leaves nothing half-made, and what it had started ends with it', async () => {
  const parent = scratch();
  const folder = join(parent, 'made');
  const program = fileURLToPath(new URL('../../support/makeSlowly.ts', import.meta.url));
  const holder = spawn(process.execPath, ['--import', 'tsx', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(holder.stdout, 'data')) as [Buffer];
  const [pid = '', unfinished = ''] = said.toString().trim().split(' ');
  holder.kill('SIGKILL');
  await once(holder, 'exit');

  const since = Date.now();
  await madeOnce(folder, { isComplete: completeIf(folder) }, write);
  expect(Date.now() - since).toBeLessThan(15_000);
  expect(readFileSync(join(folder, 'whole'), 'utf8')).not.toBe(unfinished);
  expect(readdirSync(parent)).toEqual(['made']);
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
});
