/** The real binary, as a shell calls it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const binary = resolve('dist/cli/main.js');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function attune(...args: string[]): Promise<Ended> {
  return new Promise((done, failed) => {
    const env = { PATH: process.env['PATH'], HOME: folder, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const child = spawn(process.execPath, [binary, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.once('error', failed);
    child.once('close', (code) => done({ code, stdout, stderr }));
  });
}

const VERBS =
  'setup dev env init validate data submit evaluate watch list show approve reject cancel retry compare query search embed index report questions logs rollback undeploy trend open completion manual schedule prices doctor sweep worker'.split(
    ' ',
  );

test('help names every verb, and goes to stdout with exit code 0', async () => {
  const { code, stdout, stderr } = await attune('--help');

  expect(code).toBe(0);
  expect(stderr).toBe('');
  for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
});

test.each(VERBS)('attune %s --help shows an example', async (verb) => {
  const { code, stdout } = await attune(verb, '--help');

  expect(code).toBe(0);
  expect(stdout).toContain(`$ attune ${verb}`);
});

test.each([
  ['no verb at all', []],
  ['an unknown verb', ['sumbit']],
  ['a missing argument', ['validate']],
  ['an unknown flag', ['list', '--colour']],
  ['a missing required flag', ['approve', 'run']],
  ['a number that is none', ['list', '--limit', 'many']],
])('%s is wrong usage: exit code 2, told on stderr alone', async (_, args) => {
  const { code, stdout, stderr } = await attune(...args);

  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).not.toBe('');
});

test('init writes a spec that validates once its data is there, and says what to do next', async () => {
  const made = await attune('init', 'support.yaml', '--name', 'support-search');
  const before = await attune('validate', 'support.yaml');
  writeFileSync(join(folder, 'pairs.jsonl'), '{"query": "q", "document": "d"}\n');
  const after = await attune('validate', 'support.yaml');

  expect(made).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('next: attune validate support.yaml') as string,
  });
  expect(before.code).toBe(2);
  expect(before.stdout).toContain('data.pairs');
  expect(after).toMatchObject({ code: 0, stderr: 'next: attune submit support.yaml --watch\n' });
});

test('an editor finds the schema that init names', async () => {
  await attune('init');

  const schema = /^# yaml-language-server: \$schema=(.+)$/m.exec(
    readFileSync(join(folder, 'attune.yaml'), 'utf8'),
  )?.[1];

  expect(existsSync(join(folder, schema!))).toBe(true);
});

test('init does not overwrite what is there', async () => {
  writeFileSync(join(folder, 'attune.yaml'), 'mine');

  const { code, stderr } = await attune('init');

  expect(code).toBe(2);
  expect(stderr).toContain('--force');
  expect(readFileSync(join(folder, 'attune.yaml'), 'utf8')).toBe('mine');
});

test('validate --json prints one value: every problem at once, within a second or two', async () => {
  writeFileSync(
    join(folder, 'bad.json'),
    JSON.stringify({ apiVersion: 'attune/v1', name: 'A B', trian: {}, data: {} }),
  );

  const { code, stdout } = await attune('validate', 'bad.json', '--json');

  expect(code).toBe(2);
  const { ok, problems } = JSON.parse(stdout) as { ok: boolean; problems: { field: string }[] };
  expect(ok).toBe(false);
  expect(problems.map(({ field }) => field).sort()).toEqual(['data', 'name', 'trian']);
});

test('a good spec is {ok: true} without problems', async () => {
  writeFileSync(join(folder, 'good.yaml'), 'apiVersion: attune/v1\nname: a\ndata: {pairs: s3://bucket/pairs.jsonl}\n');

  const { code, stdout } = await attune('validate', 'good.yaml', '--json');

  expect([code, JSON.parse(stdout)]).toMatchObject([0, { ok: true, problems: [] }]);
});

test('validate says what a run is expected to cost, at the prices of a file beside the spec', async () => {
  const types = ['ml.m5.xlarge', 'ml.g5.xlarge', 'ml.c6i.xlarge'];
  writeFileSync(
    join(folder, 'prices.yaml'),
    `asOf: 2026-11-01\nusdPerHour: {${types.map((type) => `${type}: 3`).join(', ')}}\n`,
  );
  writeFileSync(
    join(folder, 'priced.yaml'),
    'apiVersion: attune/v1\nname: a\ndata: {pairs: s3://bucket/pairs.jsonl}\nprices: ./prices.yaml\n',
  );

  const { code, stdout } = await attune('validate', 'priced.yaml');

  expect(code).toBe(0);
  expect(stdout).toMatch(/train +ml\.g5\.xlarge +\$0\.50–\$72\.00/);
  expect(stdout).toMatch(/endpoint +ml\.c6i\.xlarge +\$3\.00 an hour/);
});

test('a file of prices that is none is refused by its key', async () => {
  writeFileSync(join(folder, 'prices.yaml'), 'ml.g5.xlarge: 3\n');
  writeFileSync(
    join(folder, 'priced.yaml'),
    'apiVersion: attune/v1\nname: a\ndata: {pairs: s3://bucket/pairs.jsonl}\nprices: ./prices.yaml\n',
  );

  const { code, stdout } = await attune('validate', 'priced.yaml', '--json');

  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, problems: [{ field: 'prices' }] });
});

test('a server that does not answer is a sentence with a next step, and nothing on stdout', async () => {
  const { code, stdout, stderr } = await attune('list', '--json');

  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^error: no Temporal server answers at 127\.0\.0\.1:1\nnext: .*attune dev/);
  expect(stderr).not.toMatch(/^ {4}at /m);
});

test('env without a running stack exports nothing', async () => {
  expect(await attune('env')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('attune dev') as string,
  });
});

const SCHEDULE_VERBS = 'apply list pause resume trigger backfill delete'.split(' ');

test.each(SCHEDULE_VERBS)('attune schedule %s --help shows an example and takes --json', async (verb) => {
  const { code, stdout } = await attune('schedule', verb, '--help');

  expect(code).toBe(0);
  expect(stdout).toContain(`$ attune schedule ${verb}`);
  expect(stdout).toContain('--json');
});

test.each([
  ['no verb', []],
  ['an unknown verb', ['aply']],
  ['a missing id', ['pause']],
  ['a backfill without its end', ['backfill', 'id', '--from', '2026-01-05']],
  ['a time that is none', ['backfill', 'id', '--from', 'monday', '--to', '2026-01-05']],
])('schedule with %s is wrong usage: exit code 2, told on stderr alone', async (_, args) => {
  const { code, stdout, stderr } = await attune('schedule', ...args);

  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).not.toBe('');
});

test('a queue that is no URL is wrong usage, told before anything is reached', async () => {
  const { code, stderr } = await attune('worker', '--events-queue', 'attune-EventsQueue');

  expect(code).toBe(2);
  expect(stderr).toContain('https://sqs.<region>.amazonaws.com/<account>/<queue>');
});

test('sweep says in its help what it takes for left over', async () => {
  const { stdout } = await attune('sweep', '--help');

  expect(stdout).toContain('A deployed endpoint is owned by being deployed');
});
