import { execa } from 'execa';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { projectRoot } from '../../../src/dev/toolchain/findTool.js';

/** A clone in small: the real bootstrap, an npm that notes when it runs, and a set-up that only says that it was reached. */
function clone(npmTakesSeconds: number) {
  const root = mkdtempSync(join(tmpdir(), 'attune-bootstrap-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ['tools', 'bin']) mkdirSync(join(root, folder));
  for (const file of ['setup.mjs', 'guard.mjs']) cpSync(join(projectRoot, 'tools', file), join(root, 'tools', file));
  writeFileSync(join(root, 'tools', 'setup.ts'), "console.log('ready' satisfies string);\n");
  writeFileSync(join(root, 'package.json'), '{"type": "module"}');
  const tsx = { 'node_modules/tsx': { version: '1.0.0' } };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...tsx } }));
  writeFileSync(join(root, 'installed.json'), JSON.stringify({ packages: tsx }));
  const npm = [
    '#!/bin/sh',
    'echo "$$ begins" >> log',
    `sleep ${npmTakesSeconds}`,
    'mkdir -p node_modules',
    `ln -sfn ${join(projectRoot, 'node_modules', 'tsx')} node_modules/tsx`,
    'cp installed.json node_modules/.package-lock.json',
    'echo "$$ ends" >> log',
  ];
  writeFileSync(join(root, 'bin', 'npm'), npm.join('\n'));
  chmodSync(join(root, 'bin', 'npm'), 0o755);
  const env = { PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter) };
  return {
    setUp: () => execa(process.execPath, [join(root, 'tools', 'setup.mjs')], { env, reject: false }),
    log: () => (existsSync(join(root, 'log')) ? readFileSync(join(root, 'log'), 'utf8').trim().split('\n') : []),
  };
}

test('npm installs once, then set-up goes on in TypeScript', async () => {
  const { setUp, log } = clone(0);
  expect(await setUp()).toMatchObject({ exitCode: 0, stdout: 'ready' });
  expect(await setUp()).toMatchObject({ exitCode: 0, stdout: 'ready', stderr: '' });
  expect(log()).toHaveLength(2);
}, 30_000);

test('of two at once one installs and the other waits', async () => {
  const { setUp, log } = clone(4); // longer than a busy machine takes to start the other
  const ends = await Promise.all([setUp(), setUp()]);
  expect(ends.map(({ exitCode, stdout }) => ({ exitCode, stdout }))).toEqual(
    Array(2).fill({ exitCode: 0, stdout: 'ready' }),
  );
  expect(ends.map(({ stderr }) => stderr).join()).toContain('another set-up of this folder installs them; waiting');
  expect(log()).toHaveLength(2);
});

test('a killed one takes its npm with it and blocks nobody', async () => {
  const { setUp, log } = clone(3);
  const killed = setUp();
  while (log().length === 0) await sleep(20); // until npm has begun
  killed.kill('SIGKILL');
  await killed;

  expect(await setUp()).toMatchObject({ exitCode: 0, stdout: 'ready' });
  const [first, ...second] = log();
  const pid = Number(second[0]!.split(' ')[0]);
  expect(first).not.toBe(second[0]);
  expect(second).toEqual([`${pid} begins`, `${pid} ends`]);
}, 30_000);
