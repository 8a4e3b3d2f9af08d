/** What shells and man(1) are given, made from the command line as it is. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { showInBrowser } from '../../../src/cli/browser.js';
import { secondsIn } from '../../../src/cli/lasting.js';

const binary = resolve('dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'attune-shells-'));
afterAll(() => rmSync(folder, { recursive: true }));
const made = (...args: string[]): string =>
  execFileSync(process.execPath, [binary, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

const inBash = made('completion', 'bash');

/** What bash would offer after these words. */
const offered = (...words: string[]): string[] =>
  execFileSync(
    'bash',
    [
      '-c',
      `${inBash}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _attune; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      ...words,
    ],
    { encoding: 'utf8' },
  )
    .split('\n')
    .filter(Boolean);

test.each([
  [['attune', 'su'], ['submit']],
  [['attune', 'schedule', 'p'], ['pause']],
  [['attune', 'report', 'x', '--sh'], ['--share']],
  [['attune', 'schedule', 'apply', '--ev'], ['--every']],
  [['attune', 'completion', 'f'], ['fish']],
  [['attune', 'setup', '--without', 'p'], ['python']],
  [['attune', 'submit', 'spec'], []],
])('bash completes %j', (words, expected) => {
  expect(offered(...words)).toEqual(expected);
});

test.each(['zsh', 'fish'] as const)('%s takes what it is given, every verb of it', (shell) => {
  const script = made('completion', shell);

  for (const verb of ['submit', 'schedule', 'trend', 'backfill']) expect(script).toMatch(new RegExp(`\\b${verb}\\b`));
  expect(script).not.toContain('undefined');
  if (!has(shell)) return;
  const file = join(folder, `attune.${shell}`);
  writeFileSync(file, script);
  expect(spawnSync(shell, ['-n', file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

test('an unknown shell is wrong usage', () => {
  expect(spawnSync(process.execPath, [binary, 'completion', 'csh'])).toMatchObject({ status: 2 });
});

test('the manual has every verb with its options, and exit codes', () => {
  const manual = made('manual');

  for (const verb of ['attune submit', 'attune schedule apply', 'attune trend'])
    expect(manual).toContain(`.SS "${verb} `);
  expect(manual).toContain('\\-\\-again');
  expect(manual).toMatch(/\.B 130\ninterrupted/);
  // A line that begins so is a request of roff's: attune's own are those above.
  const requests = new Set(manual.split('\n').flatMap((line) => /^[.'](\w*)/.exec(line)?.[1] ?? []));
  expect([...requests].sort()).toEqual(['B', 'I', 'PP', 'SH', 'SS', 'TH', 'TP', 'fi', 'nf']);
});

test('a browser gets the address as it is, and what has none says so', async () => {
  const target = 'http://127.0.0.1/x?a=1&b=$(touch evil)';
  writeFileSync(join(folder, 'browser'), `#!/bin/sh\nprintf %s "$1" > ${join(folder, 'shown')}\n`, { mode: 0o755 });

  expect(await showInBrowser(target, { BROWSER: join(folder, 'browser') })).toBe(true);
  await expect.poll(() => spawnSync('cat', [join(folder, 'shown')], { encoding: 'utf8' }).stdout).toBe(target);
  expect(await showInBrowser(target, { BROWSER: join(folder, 'no-such-browser') })).toBe(false);
  expect(await showInBrowser(target, {}, 'linux')).toBe(false);
});

test.each([
  ['90m', 5400],
  ['12h', 43_200],
  ['7d', 604_800],
])('%s is %d s', (text, seconds) => expect(secondsIn(text)).toBe(seconds));

test.each(['7', 'd', '1w', '-1h', '1.5h', ''])('%j is no duration', (text) => expect(() => secondsIn(text)).toThrow());
